import { CarillonError, type Rate } from '@carillon/contract'
import { memoryLimiter } from '@carillon/limiter'
import type { Context } from 'hono'

/** Counts a call. @throws CarillonError `too_many_requests`, with Retry-After in the answer */
export type CountCall = (c: Context, who: string, rate: Rate) => Promise<void>

/** Limits the calls of strangers. Each process counts by itself. */
export function callLimiter(): CountCall {
  const limiter = memoryLimiter()
  return async (c, who, rate) => {
    const { tokens, msLeft } = await limiter.take(who, rate, 1)
    if (tokens > 0) return
    c.header('Retry-After', String(Math.ceil(msLeft / 1000)))
    throw new CarillonError('too_many_requests', 'Too many requests; try again after the seconds in Retry-After.')
  }
}
