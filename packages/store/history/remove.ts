import { sql } from 'drizzle-orm'
import { removeDayOfBroadcasts } from '../days.ts'
import type { Database } from '../database.ts'

/** Seconds after which a broadcast is removed by itself, if its day could not be removed. */
const GRACE_S = 2 * 86_400

/** Removes a day of broadcasts, or else some recipients of one whose day contains a broadcast that is not old yet. */
export async function removeOldBroadcasts(db: Database, seconds: number, limit: number): Promise<boolean> {
  return (await removeDayOfBroadcasts(db, seconds)) || removeBroadcast(db, seconds + GRACE_S, limit)
}

/**
 * One may have a million recipients: they go first, then the broadcast with its pages. `any(array(…))` rather than `in`:
 * the planner takes it for a few keys to look up, whatever it (does not) know about the table.
 */
async function removeBroadcast(db: Database, seconds: number, limit: number): Promise<boolean> {
  const { rows } = await db.execute(sql`
    with old as materialized (
      select id from carillon.broadcasts where finished_at < now() - ${seconds} * interval '1 second'
      order by id limit 1
    ), recipients as (
      delete from carillon.broadcast_recipients where broadcast_id = (select id from old) and pusher = any(array(
        select pusher from carillon.broadcast_recipients where broadcast_id = (select id from old)
        order by pusher limit ${limit}))
      returning pusher
    ), gone as (
      delete from carillon.broadcasts where id = (select id from old) and (select count(*) from recipients) < ${limit}
    )
    select id from old`)
  return rows.length > 0
}
