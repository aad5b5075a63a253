import type { AddressPacer } from '@carillon/contract'
import { LRUCache } from 'lru-cache'

/** Milliseconds for which a reserved moment may still be used after it has come. */
export const RESERVATION_LIFE_MS = 5000

/** Addresses that are remembered at a time: those that were sent to within the last seconds. */
const MOST_ADDRESSES = 100_000

/** What is known of an address, in unix ms. */
interface Pace {
  /** The first moment that nobody has reserved. */
  next: number
  /** Moments before it are void. */
  heldUntil: number
}

/**
 * Spaces out sends of one process.
 * @param now unix ms
 */
export function memoryPacer(now: () => number = Date.now): AddressPacer {
  const paces = new LRUCache<string, Pace>({ max: MOST_ADDRESSES, perf: { now }, ttlResolution: 0 })

  function remember(key: string, pace: Pace): void {
    paces.set(key, pace, { ttl: pace.next - now() + RESERVATION_LIFE_MS })
  }

  return {
    async reserve(key, every, reserved) {
      const time = now()
      const { next, heldUntil } = paces.get(key) ?? { next: 0, heldUntil: 0 }
      const isValid = reserved !== undefined && reserved >= heldUntil && time - reserved <= RESERVATION_LIFE_MS
      const moment = isValid ? reserved : Math.max(time, next)
      if (!isValid) remember(key, { next: moment + Math.ceil(every), heldUntil })
      return moment <= time ? 0 : moment
    },

    async hold(key, ms) {
      const { next, heldUntil } = paces.get(key) ?? { next: 0, heldUntil: 0 }
      const until = Math.max(heldUntil, now() + Math.ceil(ms))
      remember(key, { next: Math.max(next, until), heldUntil: until })
    },
  }
}
