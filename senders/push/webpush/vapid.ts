import { LRUCache } from 'lru-cache'
import webpush from 'web-push'
import type { VapidKeys } from './keys.ts'

export interface Vapid extends VapidKeys {
  /** Where push services reach the operator: a `mailto:` or `https:` URL. */
  subject: string
}

/** Unix seconds after which a token is refused; RFC 8292 allows a day. */
const VALID_S = 12 * 3600
/** A token is used for half of that, so that clocks may differ. */
const USED_MS = 6 * 3600 * 1000
/** Endpoints come from users, so there may be any number of origins. Browsers use a handful. */
const MOST_ORIGINS = 100

/** The Authorization header for an endpoint's origin, signed once in six hours: a signature costs more than a message. */
export function vapidHeaders({ subject, publicKey, privateKey }: Vapid): (origin: string) => string {
  const sign = (origin: string) => {
    const expires = Math.floor(Date.now() / 1000) + VALID_S
    return webpush.getVapidHeaders(origin, subject, publicKey, privateKey, 'aes128gcm', expires).Authorization
  }
  const headers = new LRUCache<string, string>({
    max: MOST_ORIGINS,
    ttl: USED_MS,
    perf: Date, // since tokens expire by the wall clock
    ttlResolution: 0, // otherwise a clock that was set would be noticed a moment later
    memoMethod: sign,
  })
  return (origin) => headers.memo(origin)
}
