import {
  type AppDirectory,
  type AppSettings,
  DEFAULT_SMEAR_S,
  DEFERRED,
  type Pusher,
  type Sender,
} from '@carillon/contract'
import { type EffectiveQuietHours, effectiveQuietHours, quietUntil, smearDelay } from '@carillon/quiet-hours'
import type { AttemptResult } from '@carillon/store'
import { clockTime, moment } from '../times.ts'

/** A push, or a recipient of a broadcast. */
interface Message {
  /** As the sender sees it, the same at each attempt. */
  id: string
  app: number
  /** Undefined: the pusher was removed. */
  pusher: Pusher | undefined
  /** Quiet hours do not hold it back. */
  urgent: boolean
}

interface QuietHoursDeps {
  sender: Pick<Sender, 'ignoresQuietHours'>
  apps: Pick<AppDirectory, 'byId'>
}

/**
 * Finds the messages that have to wait for the end of quiet hours. It looks up each app once, and nothing if all are urgent.
 * @returns index-aligned; undefined: it may be sent now
 */
export async function findDeferred(
  { sender, apps }: QuietHoursDeps,
  messages: readonly Message[],
): Promise<(AttemptResult | undefined)[]> {
  const held = sender.ignoresQuietHours ? [] : messages.filter(({ pusher, urgent }) => pusher && !urgent)
  const settings = await settingsOf(apps, new Set(held.map(({ app }) => app)))
  const now = Date.now()
  return messages.map(({ id, app, pusher, urgent }) => {
    const ofApp = settings.get(app)
    return pusher && ofApp && !urgent ? deferralOf(id, pusher, ofApp, now) : undefined
  })
}

async function settingsOf(
  apps: QuietHoursDeps['apps'],
  ids: ReadonlySet<number>,
): Promise<ReadonlyMap<number, AppSettings>> {
  return new Map(await Promise.all([...ids].map(async (id) => [id, (await apps.byId(id))?.settings ?? {}] as const)))
}

/** @param now in Unix milliseconds */
function deferralOf(id: string, pusher: Pusher, settings: AppSettings, now: number): AttemptResult | undefined {
  const quiet = effectiveQuietHours(pusher, settings)
  const until = quiet && quietUntil(quiet.hours, quiet.timeZone, now)
  if (until === null) return undefined
  // The next quiet hours are at least an hour away, and the spread is less
  const due = until + smearDelay(id, settings.smear ?? DEFAULT_SMEAR_S)
  return { is: 'deferred', delay: (due - now) / 1000, reason: whyDeferred(quiet!, due / 1000) }
}

/** @param due in Unix seconds */
function whyDeferred({ hours, timeZone }: EffectiveQuietHours, due: number): string {
  return `${DEFERRED} ${clockTime(due, timeZone)} in ${timeZone} (${moment(due)}): quiet hours ${hours.from} to ${hours.to}`
}
