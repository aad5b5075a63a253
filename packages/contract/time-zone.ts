import { nearestName } from './validation.ts'
import * as z from 'zod'

/** A name of the IANA list, such as `Asia/Shanghai`. Case does not matter. An offset, such as `+02:00`, is also one. */
export const timeZoneName = z.string('must be text').refine(isTimezone, {
  error: ({ input }) => `must be a time zone such as Asia/Shanghai: a name of the IANA list${suggestion(input)}`,
})

/** Of a pusher: null, also as a form has it, clears it. An empty one is absent, as in the other fields of legacy clients. */
export const pusherTimeZone = z
  .preprocess(
    (value) => (value === '' ? undefined : value === 'null' ? null : value),
    timeZoneName
      .nullable()
      .transform((name) => name ?? '')
      .optional(),
  )
  .meta({ description: 'IANA name, such as Asia/Shanghai. Null: unknown, so that of the app holds for quiet hours.' })

export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** People often give the city alone. */
function suggestion(given: unknown): string {
  const nearest = nearestName(String(given), Intl.supportedValuesOf('timeZone'))
  return nearest === undefined ? '' : `; did you mean ${nearest}?`
}
