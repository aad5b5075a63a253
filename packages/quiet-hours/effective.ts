import { type AppSettings, isTimezone, NO_QUIET_HOURS, type Pusher, type QuietHours } from '@carillon/contract'
import { LRUCache } from 'lru-cache'

export interface EffectiveQuietHours {
  hours: QuietHours
  /** IANA name, of a zone that is known here. */
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
  const timeZone = [timezone, app.timezone].find((name) => name && isKnown(name)) ?? 'UTC'
  return { hours, timeZone, by: own ? 'pusher' : 'app' }
}

/** Asking the runtime takes longer than everything else that is done here for a recipient of a broadcast. */
const known = new LRUCache<string, boolean>({ max: 1000 })

/** Zones in a store of a team's own are not checked when they are stored, and another Node may know others. */
function isKnown(timeZone: string): boolean {
  const isOne = known.get(timeZone) ?? isTimezone(timeZone)
  known.set(timeZone, isOne)
  return isOne
}
