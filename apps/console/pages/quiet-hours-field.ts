import { daysOfWeek, quietHoursSchema, readQuietHours } from '@carillon/contract'

/** What quiet hours look like in a field. */
export const QUIET_HOURS_HINT =
  'Such as 22:00 to 07:00, or 22:00 to 07:00 on fri, sat for the nights that begin on these days.'

/**
 * What is wrong with quiet hours as somebody typed them into one field, where the names of their parts would say nothing.
 * @returns what goes on behind the name of the field, such as `must begin …`; undefined if nothing is wrong
 */
export function problemOfQuietHours(text: string): string | undefined {
  const hours = readQuietHours(text)
  if (hours === null) return 'must be such as 22:00 to 07:00, or 22:00 to 07:00 on fri, sat'
  const [issue] = quietHoursSchema.safeParse(hours).error?.issues ?? []
  if (issue === undefined) return undefined
  if (issue.path[0] === 'days') return `must name each day once, as ${daysOfWeek.join(', ')}`
  if (issue.code === 'custom') return 'must begin and end at different times, and last at most 22 hours'
  return 'must begin and end at times from 00:00 to 23:59, such as 22:00 to 07:00'
}
