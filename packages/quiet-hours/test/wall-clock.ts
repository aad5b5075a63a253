import { daysOfWeek, type QuietHours } from '@carillon/contract'

/*
 * What a clock on the wall shows, by `Intl` and no other library: slow and simple, to judge the calculation by.
 */

const MINUTE_MS = 60_000
const QUARTER_MS = 15 * MINUTE_MS

/** Since 2011, clocks have been set at a quarter of an hour of UTC only. */
const offsets = new Map<string, number>()
const formats = new Map<string, Intl.DateTimeFormat>()

/** What is added to a moment in UTC for what the clock shows: milliseconds. */
function offsetAt(timeZone: string, at: number): number {
  const quarter = Math.floor(at / QUARTER_MS) * QUARTER_MS
  const key = `${timeZone} ${quarter}`
  const known = offsets.get(key) ?? shownAt(timeZone, quarter) - quarter
  offsets.set(key, known)
  return known
}

function shownAt(timeZone: string, at: number): number {
  const format =
    formats.get(timeZone) ?? new Intl.DateTimeFormat('sv', { timeZone, dateStyle: 'short', timeStyle: 'medium' })
  formats.set(timeZone, format)
  return Date.parse(`${format.format(at).replace(' ', 'T')}Z`)
}

/** Whether the clock shows a time at which it is quiet. */
export function isShownQuiet({ from, to, days }: QuietHours, timeZone: string, at: number): boolean {
  const shown = at + offsetAt(timeZone, at)
  const time = new Date(shown).toISOString().slice(11, 16)
  const begins = (date: number) => !days || days.includes(daysOfWeek[(new Date(date).getUTCDay() + 6) % 7]!)
  const yesterday = shown - 1440 * MINUTE_MS
  if (from < to) return from <= time && time < to && begins(shown)
  return (from <= time && begins(shown)) || (time < to && begins(yesterday))
}

/** Whether the clock shows the same date and time twice, because it is set back. */
export function isShownTwice(timeZone: string, at: number): boolean {
  const hours = [-3, -2, -1, 1, 2, 3].map((hour) => offsetAt(timeZone, at + hour * 60 * MINUTE_MS))
  return hours.some((offset) => {
    const other = at + offsetAt(timeZone, at) - offset
    return other !== at && offsetAt(timeZone, other) === offset
  })
}

/** When the clock is set within some years, to the hour before. */
export function changesOf(timeZone: string, start: number, end: number): number[] {
  const hour = 60 * MINUTE_MS
  const days = Array.from({ length: Math.ceil((end - start) / (24 * hour)) }, (_, day) => start + day * 24 * hour)
  const changed = days.filter((day) => offsetAt(timeZone, day) !== offsetAt(timeZone, day + 24 * hour))
  return changed.flatMap((day) =>
    Array.from({ length: 24 }, (_, index) => day + index * hour).filter(
      (at) => offsetAt(timeZone, at) !== offsetAt(timeZone, at + hour),
    ),
  )
}
