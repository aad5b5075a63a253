import { createECDH } from 'node:crypto'
import type { SharedValues } from '@carillon/contract'

/** The keys by which push services know an application server (RFC 8292), in base64url. */
export interface VapidKeys {
  /** An uncompressed point of P-256, 65 bytes. Browsers subscribe with it. */
  publicKey: string
  /** 32 bytes. */
  privateKey: string
}

/** The name of the pair that Carillon has made, among the values that all processes share. */
const NAME = 'vapid'

/** The operator's keys, or else a pair that is made once and kept for all processes. */
export async function vapidKeys(configured: VapidKeys | undefined, shared: SharedValues): Promise<VapidKeys> {
  if (configured) return configured
  return JSON.parse(await shared.get(NAME, Infinity, () => makeKeys())) as VapidKeys
}

async function makeKeys(): Promise<string> {
  const { default: webpush } = await import('web-push') // loaded by whoever makes them only
  return JSON.stringify(webpush.generateVAPIDKeys())
}

/** Whether both are keys of P-256, and belong together. */
export function isKeyPair({ publicKey, privateKey }: VapidKeys): boolean {
  try {
    const curve = createECDH('prime256v1')
    curve.setPrivateKey(privateKey, 'base64url')
    return curve.getPublicKey('base64url') === publicKey
  } catch {
    return false
  }
}
