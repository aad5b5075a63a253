import type { Rate, RateGrant, RateLimiter } from '@carillon/contract'
import { type RateLimiterAbstract, RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible'

/** Counts for the senders of one process. */
export function memoryLimiter(): RateLimiter {
  return {
    take: takeFrom(({ tokens, milliseconds }) => {
      return new RateLimiterMemory({ points: tokens, duration: milliseconds / 1000 })
    }),
  }
}

/** Takes from limiters of the library: one for each slice there is, with the senders as its keys. */
export function takeFrom(make: (slice: RateSlice) => RateLimiterAbstract): RateLimiter['take'] {
  const limiters = new Map<string, RateLimiterAbstract>()
  return (sender, rate, most) => {
    const slice = sliceOf(rate)
    const name = `${slice.tokens} in ${slice.milliseconds}`
    const limiter = limiters.get(name) ?? make(slice)
    limiters.set(name, limiter)
    return grantOf(limiter, sender, most)
  }
}

/** Slices of a rate's second, minute or hour, where its count is large enough. */
const SLICES = 10

/** A short piece of time in which a part of a rate may be spent. */
interface RateSlice {
  tokens: number
  milliseconds: number
}

/**
 * Counted by the whole second, minute or hour, all of a rate could be spent at the end of one and
 * all of it again at the start of the next. So a tenth of it, at least one, is counted in a tenth
 * of the time: up to 10 exactly that many fit into any second, above it at most a tenth more.
 */
function sliceOf({ count, seconds }: Rate): RateSlice {
  const tokens = Math.ceil(count / SLICES)
  return { tokens, milliseconds: Math.ceil((tokens / count) * seconds * 1000) }
}

/**
 * Grants what remains of the slice, up to `most`. The library refuses a caller that asks for more than remains, but
 * counts it all. So what remained is known from the count before.
 */
async function grantOf(limiter: RateLimiterAbstract, sender: string, most: number): Promise<RateGrant> {
  const { consumedPoints, msBeforeNext } = await limiter.consume(sender, most).catch(refused)
  const remaining = limiter.points - (consumedPoints - most)
  return { tokens: Math.min(most, Math.max(0, remaining)), msLeft: Math.max(1, msBeforeNext) }
}

function refused(reason: unknown): RateLimiterRes {
  if (reason instanceof RateLimiterRes) return reason
  throw reason
}
