import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

/** Rows of each kind that are removed in one step. */
const ROWS = 1000

/** Removes some of the queues and the rooms that have ended, and members without a queue. */
export async function removeExpired(db: Database): Promise<void> {
  await db.execute(sql`
    with gone as (
      delete from carillon.snapper_queues where (app_id, consumer) in (
        select app_id, consumer from carillon.snapper_queues where expires_at <= now() limit ${ROWS}
        for update skip locked
      ) returning app_id, consumer
    ), messages as (
      delete from carillon.snapper_messages using gone
      where snapper_messages.app_id = gone.app_id and snapper_messages.consumer = gone.consumer
    )
    delete from carillon.snapper_members member using gone
    where member.app_id = gone.app_id and member.consumer = gone.consumer`)
  await db.execute(sql`
    with gone as (
      delete from carillon.snapper_rooms where (app_id, room) in (
        select app_id, room from carillon.snapper_rooms where expires_at <= now() limit ${ROWS}
        for update skip locked
      ) returning app_id, room
    )
    delete from carillon.snapper_members member using gone
    where member.app_id = gone.app_id and member.room = gone.room`)
}
