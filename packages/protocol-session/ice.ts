import { createHmac } from 'node:crypto'
import type { IceServer } from '@carillon/contract/session-messages'

/** Servers through which clients connect to each other. */
export interface IceOptions {
  /** `stun:host[:port]`, `turn:host[:port][?transport=…]`, `turns:…`. */
  urls: readonly string[]
  /** Shared with coturn (`static-auth-secret`); for `turn` and `turns`. */
  secret?: string | undefined
  /** Seconds that a client's credentials are good for. */
  ttl: number
}

/**
 * For one client. TURN servers get credentials that end by themselves, as coturn checks them: username
 * `<expiry>:<user>`, password base64(HMAC-SHA1(secret, username)).
 * @param now Unix seconds
 */
export function iceServersFor({ urls, secret, ttl }: IceOptions, user: string, now: number): IceServer[] {
  const turn = urls.filter((url) => /^turns?:/.test(url))
  const stun = urls.filter((url) => !turn.includes(url))
  return [
    ...(stun.length > 0 ? [{ urls: stun }] : []),
    ...(turn.length > 0 && secret !== undefined
      ? [{ urls: turn, ...credentials(secret, `${now + ttl}:${user}`) }]
      : []),
  ]
}

function credentials(secret: string, username: string) {
  return { username, credential: createHmac('sha1', secret).update(username).digest('base64') }
}
