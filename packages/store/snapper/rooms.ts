import { sql } from 'drizzle-orm'
import { ROOM_JOINED_S } from '@carillon/contract'
import type { Database } from '../database.ts'
import { count } from './totals.ts'

/** A room that has expired is another one: whoever was in it is not in this. */
export function join(db: Database, app: number, room: string, consumer: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`
      with expired as (
        delete from carillon.snapper_rooms where app_id = ${app} and room = ${room} and expires_at <= now() returning 1
      )
      delete from carillon.snapper_members where app_id = ${app} and room = ${room} and exists (select 1 from expired)`)
    const rooms = await tx.execute<{ made: boolean }>(sql`
      insert into carillon.snapper_rooms as known (app_id, room, expires_at)
      values (${app}, ${room}, now() + ${ROOM_JOINED_S} * interval '1 second')
      on conflict (app_id, room) do update set expires_at = greatest(known.expires_at, excluded.expires_at)
      returning xmax = 0 as made`)
    if (rooms.rows[0]?.made) await count(tx, app, { rooms: 1 })
    const { rows } = await tx.execute(sql`
      insert into carillon.snapper_members (app_id, room, consumer) values (${app}, ${room}, ${consumer})
      on conflict do nothing returning room`)
    return rows.length === 1
  })
}

export async function leave(db: Database, app: number, room: string, consumer: string): Promise<boolean> {
  const { rows } = await db.execute(sql`
    with gone as (
      delete from carillon.snapper_members
      where app_id = ${app} and room = ${room} and consumer = ${consumer}
      returning room
    )
    select 1 from gone join carillon.snapper_rooms using (room) where app_id = ${app} and expires_at > now()`)
  return rows.length === 1
}
