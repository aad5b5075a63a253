import {
  type AppSettings,
  type Category,
  type Check,
  DEFAULT_SMEAR_S,
  type Pusher,
  type SenderFacts,
} from '@carillon/contract'
import { type EffectiveQuietHours, effectiveQuietHours, quietUntil } from '@carillon/quiet-hours'
import { clockTime, moment } from '../times.ts'
import { listed } from './words.ts'

export interface QuietHoursQuery {
  pusher: Pusher
  sender: string
  /** Absent: this process does not know the sender. */
  facts: Pick<SenderFacts, 'ignoresQuietHours'> | undefined
  /** Name of the message's category; undefined: it has none. */
  category: string | undefined
  /** All categories of the app. */
  categories: readonly Category[]
  /** Of the app. */
  settings: AppSettings
}

/** Whether quiet hours defer a push now. Nothing, if there are none. */
export function quietHoursChecks(query: QuietHoursQuery): Check[] {
  const { sender, facts, category, categories } = query
  const quiet = effectiveQuietHours(query.pusher, query.settings)
  if (!quiet) return []
  const check = 'quietHours'
  const which = hoursOf(quiet)
  if (facts?.ignoresQuietHours) return [{ check, state: 'ok', sentence: `${sender} also sends during the ${which}.` }]
  if (categories.some(({ name, required }) => required && name === category))
    return [{ check, state: 'ok', sentence: `The required category ${category} is also sent during the ${which}.` }]
  const until = quietUntil(quiet.hours, quiet.timeZone, Date.now())
  if (until === null) return [{ check, state: 'ok', sentence: `It is not a quiet time now: ${which}.` }]
  const spread = query.settings.smear ?? DEFAULT_SMEAR_S
  const end = `${clockTime(until / 1000, quiet.timeZone)} in ${quiet.timeZone} (${moment(until / 1000)})`
  const later = spread > 0 ? ` or up to ${spread} s later` : ''
  const sentence = `Pushes are deferred until ${end}${later}: ${which}.`
  const action = 'To send at once, push with urgent, with high priority, or in a required category.'
  return [{ check, state: 'waits', sentence, action }]
}

function hoursOf({ hours: { from, to, days }, timeZone, by }: EffectiveQuietHours): string {
  const onDays = days ? ` from ${listed(days, 'and')}` : ''
  return `quiet hours ${from} to ${to}${onDays} in ${timeZone}, set for the ${by}`
}
