import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

/**
 * One may have a million recipients: they go first, then the broadcast with its pages. `any(array(…))` rather than `in`:
 * the planner takes it for a few keys to look up, whatever it (does not) know about the table.
 */
export async function removeOldBroadcast(db: Database, seconds: number, limit: number): Promise<boolean> {
  const { rows } = await db.execute(sql`
    with old as materialized (
      select id from carillon.broadcasts where finished_at < now() - ${seconds} * interval '1 second'
      order by id limit 1
    ), recipients as (
      delete from carillon.broadcast_recipients where broadcast_id = (select id from old) and pusher = any(array(
        select pusher from carillon.broadcast_recipients where broadcast_id = (select id from old)
        order by pusher limit ${limit}))
      returning pusher
    ), reports as (
      delete from carillon.delivery_reports
      where broadcast_id = (select id from old) and pusher = any(array(select pusher from recipients))
    ), gone as (
      delete from carillon.broadcasts where id = (select id from old) and (select count(*) from recipients) < ${limit}
      returning id
    ), left_over as (
      delete from carillon.delivery_reports where broadcast_id = any(array(select id from gone))
    )
    select id from old`)
  return rows.length > 0
}
