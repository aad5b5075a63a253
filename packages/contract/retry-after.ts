/** Seconds; a provider that asks for more has its clock wrong. */
const LONGEST = 86_400

/**
 * Seconds to wait, from a Retry-After header: seconds or a date. Undefined when it asks for none.
 * @param now milliseconds
 */
export function retryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - now) / 1000)
  return seconds > 0 ? Math.min(seconds, LONGEST) : undefined
}
