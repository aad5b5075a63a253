import { type QuietHours, quietHoursSchema } from '@carillon/contract'
import { LRUCache } from 'lru-cache'
import { type Span, spanAround } from './spans.ts'

const DAY_MS = 86_400_000

/**
 * The end of the quiet time that `at` is in, or null if `at` is not in one. Both in Unix milliseconds. It is never more than a
 * day after `at`. Hours that cannot be read, which only a store of a team's own can have, are never quiet.
 * @throws RangeError for an unknown time zone
 */
export function quietUntil(hours: QuietHours, timeZone: string, at: number): number | null {
  const { isQuiet, end } = spanAt(hours, timeZone, at)
  return isQuiet ? Math.min(end, at + DAY_MS) : null
}

/**
 * The span last asked for, by its hours and time zone. A page of a broadcast asks for 1,000 pushers, most of which share a few
 * hours and zones, and working out one span takes about 0.1 ms.
 */
const spans = new LRUCache<string, Span>({ max: 1000 })

function spanAt(hours: QuietHours, timeZone: string, at: number): Span {
  const key = JSON.stringify([timeZone, hours.from, hours.to, hours.days])
  const known = spans.get(key)
  if (known && known.start <= at && at < known.end) return known
  const span = quietHoursSchema.safeParse(hours).success ? spanAround(hours, timeZone, at) : NEVER_QUIET
  spans.set(key, span)
  return span
}

const NEVER_QUIET: Span = { isQuiet: false, start: -Infinity, end: Infinity }
