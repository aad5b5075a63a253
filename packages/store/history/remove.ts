import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

/*
 * `any(array(…))` rather than `in`: the planner takes it for a few keys to look up, whatever it
 * (does not) know about the table.
 */

export async function removeOldPushes(db: Database, seconds: number, limit: number): Promise<number> {
  const { rowCount } = await db.execute(sql`
    with old as materialized (
      select id from carillon.pushes where finished_at < now() - ${seconds} * interval '1 second'
      order by finished_at limit ${limit} for update skip locked
    ), events as (
      delete from carillon.push_events where push_id = any(array(select id from old))
    ), reports as (
      delete from carillon.delivery_reports where push_id = any(array(select id from old))
    )
    delete from carillon.pushes where id = any(array(select id from old))`)
  return rowCount ?? 0
}

/** One may have a million recipients: they go first, then the broadcast with its pages. */
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
