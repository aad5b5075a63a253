import * as z from 'zod'
import { strictObject } from './validation.ts'

/** In the order of `Temporal.PlainDate.dayOfWeek`, which is 1 on Mondays. */
export const daysOfWeek = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Day = (typeof daysOfWeek)[number]

/** A time of each day at which a person is not disturbed, as the clocks of the person's time zone show it. */
export interface QuietHours {
  /** The first quiet minute, such as `22:00`. */
  from: string
  /** The first minute after, such as `07:00`; before `from`, it is on the next day. */
  to: string
  /** The days on which the quiet time begins. Absent: all. */
  days?: Day[]
}

/** What a pusher has instead of an object, if the quiet hours of its app do not hold either. */
export const NO_QUIET_HOURS = 'off'

/** How the reason of a push begins that waits for the end of quiet hours. */
export const DEFERRED = 'deferred until'

/** The longest quiet time, so that some of each day is left even if the clocks jump by an hour. */
const LONGEST_QUIET_MINUTES = 22 * 60

/** Seconds over which pushes are spread after quiet hours, unless an app sets `smear`. */
export const DEFAULT_SMEAR_S = 600
export const LONGEST_SMEAR_S = 3600

const NO_TIME = 'must be a time from 00:00 to 23:59, such as 22:00'

const time = z
  .string({ error: ({ input }) => (input === undefined ? 'is required' : NO_TIME) })
  .regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, { error: NO_TIME, abort: true })

const dayList = z
  .array(
    z.enum(daysOfWeek, `must be ${daysOfWeek.slice(0, -1).join(', ')} or ${daysOfWeek.at(-1)}`),
    'must be a list of days, such as ["mon", "fri"]',
  )
  .min(1, 'must contain a day; leave it out for all days')
  .refine((list) => new Set(list).size === list.length, 'must contain each day once')

export const quietHoursSchema: z.ZodType<QuietHours> = strictObject(
  { from: time, to: time, days: dayList.optional() },
  'must be an object such as {"from": "22:00", "to": "07:00"}',
)
  .refine(({ from, to }) => from !== to, 'must not begin and end at the same time')
  .refine(({ from, to }) => quietMinutes(from, to) <= LONGEST_QUIET_MINUTES, 'must last at most 22 hours')

/** The quiet hours of a pusher. Null: it has none of its own, so those of its app hold. */
export const pusherQuietHours = z.union([quietHoursSchema, z.literal(NO_QUIET_HOURS), z.null()], {
  error: ({ input, errors: [ofObject = []] }) =>
    typeof input === 'object' && !Array.isArray(input)
      ? `is wrong: ${sentencesOf(ofObject).join('; ')}`
      : 'must be an object such as {"from": "22:00", "to": "07:00"}, off or null',
})

/** Each names its field, and a list as a whole. */
function sentencesOf(issues: readonly z.core.$ZodIssue[]): string[] {
  return [...new Set(issues.map(({ path: [field], message }) => (field ? `${String(field)} ${message}` : message)))]
}

function quietMinutes(from: string, to: string): number {
  return (minuteOf(to) - minuteOf(from) + 1440) % 1440
}

function minuteOf(clock: string): number {
  return Number(clock.slice(0, 2)) * 60 + Number(clock.slice(3))
}

/** As people write them: `22:00 to 07:00`, or `22:00 to 07:00 on fri, sat`. */
export function quietHoursText({ from, to, days }: QuietHours): string {
  return `${from} to ${to}${days ? ` on ${days.join(', ')}` : ''}`
}

/** Reads that text, also with a dash and without commas. Null if it is none; what it says is left for the schema to check. */
export function readQuietHours(text: string): unknown {
  const [, from, to, days] = /^(\d+:\d+)\s*(?:to|-|–)\s*(\d+:\d+)(?:\s+(?:on\s+)?(.*))?$/i.exec(text.trim()) ?? []
  if (from === undefined) return null
  return {
    from,
    to,
    ...(days && {
      days: days
        .toLowerCase()
        .split(/[\s,]+/)
        .filter(Boolean),
    }),
  }
}
