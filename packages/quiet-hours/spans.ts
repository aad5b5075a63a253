import { daysOfWeek, type QuietHours } from '@carillon/contract'
import { Temporal } from 'temporal-polyfill'

/** A time that is quiet, or is not, from `start` until just before `end`. Unix milliseconds. */
export interface Span {
  isQuiet: boolean
  start: number
  end: number
}

type Window = Omit<Span, 'isQuiet'>

/** The span that `at` is in, or the part of it that lies between `at` and the end of the day. */
export function spanAround(hours: QuietHours, timeZone: string, at: number): Span {
  const now = Temporal.Instant.fromEpochMilliseconds(at).toZonedDateTimeISO(timeZone)
  const today = now.toPlainDate()
  const windows = [-1, 0, 1].flatMap((offset) => windowOf(hours, today.add({ days: offset }), now.timeZoneId) ?? [])
  const current = windows.find(({ start, end }) => start <= at && at < end)
  if (current) return { isQuiet: true, start: current.start, end: endOf(current, windows) }
  const tomorrow = today.add({ days: 1 }).toZonedDateTime(now.timeZoneId)
  const ends = [...windows.map(({ start }) => start), tomorrow.epochMilliseconds].filter((moment) => moment > at)
  return { isQuiet: false, start: at, end: Math.min(...ends) }
}

/** Where a clock jumps over the time between two windows, they are one. */
function endOf(current: Window, windows: Window[]): number {
  return windows.reduce((end, next) => (next.start <= end && next.end > end ? next.end : end), current.end)
}

/**
 * The quiet time that begins on a day; null if none does. A time that comes twice, because the clock is set back, begins it the
 * first time and ends it the second.
 */
function windowOf({ from, to, days: on }: QuietHours, day: Temporal.PlainDate, timeZone: string): Window | null {
  if (on && !on.includes(daysOfWeek[day.dayOfWeek - 1]!)) return null
  const lastDay = to < from ? day.add({ days: 1 }) : day
  const start = momentOf(day, from, timeZone, 'earlier')
  const end = momentOf(lastDay, to, timeZone, 'later')
  return start < end ? { start, end } : null
}

/** When a clock shows a time, or passes it without showing it, because it is set forward. Unix milliseconds. */
function momentOf(
  day: Temporal.PlainDate,
  time: string,
  timeZone: string,
  disambiguation: 'earlier' | 'later',
): number {
  const shown = day.toPlainDateTime(time)
  const moment = shown.toZonedDateTime(timeZone, { disambiguation })
  if (moment.toPlainDateTime().equals(shown)) return moment.epochMilliseconds
  const before = shown.toZonedDateTime(timeZone, { disambiguation: 'earlier' })
  return (before.getTimeZoneTransition('next') ?? moment).epochMilliseconds
}
