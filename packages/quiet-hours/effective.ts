import { type AppSettings, NO_QUIET_HOURS, type Pusher, type QuietHours } from '@carillon/contract'

export interface EffectiveQuietHours {
  hours: QuietHours
  /** IANA name. */
  timeZone: string
  /** Whose hours these are. */
  by: 'pusher' | 'app'
}

/**
 * The quiet hours that hold for a pusher: its own, else those of its app. They are in the pusher's time zone, else the app's,
 * else UTC. Null if there are none, or the pusher's are `off`.
 */
export function effectiveQuietHours(
  { quietHours: own, timezone }: Pick<Pusher, 'quietHours' | 'timezone'>,
  app: Pick<AppSettings, 'quietHours' | 'timezone'>,
): EffectiveQuietHours | null {
  const hours = own ?? app.quietHours
  if (!hours || hours === NO_QUIET_HOURS) return null
  return { hours, timeZone: timezone || app.timezone || 'UTC', by: own ? 'pusher' : 'app' }
}
