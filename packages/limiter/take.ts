import type { RateGrant, RateLimiter } from '@carillon/contract'
import { type RateLimiterAbstract, RateLimiterRes } from 'rate-limiter-flexible'
import { type Slice, sliceOf } from './slice.ts'

/** Takes from limiters of the library: one for each slice there is, with the senders as its keys. */
export function takeFrom(make: (slice: Slice) => RateLimiterAbstract): RateLimiter['take'] {
  const limiters = new Map<string, RateLimiterAbstract>()
  return (sender, rate, most) => {
    const slice = sliceOf(rate)
    const name = `${slice.tokens} in ${slice.milliseconds}`
    const limiter = limiters.get(name) ?? make(slice)
    limiters.set(name, limiter)
    return grantOf(limiter, sender, most)
  }
}

/**
 * What is left of the slice, up to `most`. The library refuses whoever asks for more than is left,
 * but counts it all: the count from before says how much was left.
 */
async function grantOf(limiter: RateLimiterAbstract, sender: string, most: number): Promise<RateGrant> {
  const { consumedPoints, msBeforeNext } = await limiter.consume(sender, most).catch(refused)
  const left = limiter.points - (consumedPoints - most)
  return { tokens: Math.min(most, Math.max(0, left)), msLeft: Math.max(1, msBeforeNext) }
}

function refused(reason: unknown): RateLimiterRes {
  if (reason instanceof RateLimiterRes) return reason
  throw reason
}
