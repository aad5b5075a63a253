import type { RateLimiter } from '@carillon/contract'
import { RateLimiterMemory } from 'rate-limiter-flexible'
import { takeFrom } from './take.ts'

/** Counts for the senders of one process. */
export function memoryLimiter(): RateLimiter {
  return {
    take: takeFrom(({ tokens, milliseconds }) => {
      return new RateLimiterMemory({ points: tokens, duration: milliseconds / 1000 })
    }),
    close() {},
  }
}
