import { type SQL, sql } from 'drizzle-orm'
import { BroadcastState } from '../schema/broadcast.ts'

/** When the last worker let go of its page, or now while some still send. Its row is `carillon.broadcasts`. */
const stoppedAt = sql`(
  select least(now(), max(case when page.done then page.done_at else page.lease_until end))
  from carillon.broadcast_pages as page where page.broadcast_id = broadcasts.id)`

/** Assignments that end the clock of a broadcast that is paused: it runs until workers have sent what they had begun. */
export function stopPausedClock(since: SQL): SQL {
  const paused = sql`state = ${BroadcastState.paused}`
  const ran = sql`coalesce(extract(epoch from greatest(running_since, ${stoppedAt}) - running_since), 0)`
  return sql`ran_seconds = ran_seconds + case when ${paused} then ${ran} else 0 end,
    running_since = case when ${paused} then ${since} else running_since end`
}
