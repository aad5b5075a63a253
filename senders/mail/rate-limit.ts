import { retryAfter } from '@carillon/contract'

/** Header names in lower case. */
export type Headers = Record<string, unknown>

/**
 * Seconds to wait, from Retry-After or SendGrid's own X-RateLimit-Reset (unix seconds); undefined
 * when the answer has neither.
 * @param now milliseconds
 */
export function pauseAsked(headers: Headers, now: number): number | undefined {
  return retryAfter(headers['retry-after'], now) ?? retryAfter(untilReset(headers['x-ratelimit-reset'], now), now)
}

function untilReset(value: unknown, now: number): string | undefined {
  if (typeof value !== 'string' || !/^\d+$/.test(value)) return undefined
  return String(Math.max(0, Math.ceil(Number(value) - now / 1000)))
}
