import { createECDH, randomBytes } from 'node:crypto'
import ece from 'http_ece'

/** A `PushSubscription` as JSON. */
export interface SubscriptionJson {
  endpoint: string
  keys: { p256dh: string; auth: string }
}

/** A browser that has subscribed: it gives its subscription away, and reads what its push service receives. */
export interface Subscriber {
  subscription: SubscriptionJson
  /** What its service worker gets. */
  decrypt(body: Buffer): string
}

/** @param own its private key, of P-256, and its secret, in base64url; default: random ones */
export function subscriber(endpoint: string, own?: { privateKey: string; auth: string }): Subscriber {
  const curve = createECDH('prime256v1')
  if (own) curve.setPrivateKey(own.privateKey, 'base64url')
  else curve.generateKeys()
  const auth = own?.auth ?? randomBytes(16).toString('base64url')
  return {
    subscription: { endpoint, keys: { p256dh: curve.getPublicKey('base64url'), auth } },
    decrypt: (body) => ece.decrypt(body, { version: 'aes128gcm', privateKey: curve, authSecret: auth }).toString(),
  }
}
