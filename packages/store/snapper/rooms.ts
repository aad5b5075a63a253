import { sql } from 'drizzle-orm'
import { ROOM_JOINED_S } from '@carillon/contract'
import type { Database } from '../database.ts'
import { count } from './totals.ts'

export async function join(db: Database, app: number, room: string, consumer: string): Promise<boolean> {
  await removeIfExpired(db, app, room)
  const { rows } = await db.execute<{ joined: boolean }>(sql`
    with opened as (
      insert into carillon.snapper_rooms as known (app_id, room, expires_at)
      values (${app}, ${room}, now() + ${ROOM_JOINED_S} * interval '1 second')
      on conflict (app_id, room) do update set expires_at = greatest(known.expires_at, excluded.expires_at)
      returning xmax = 0 as made
    ), joined as (
      insert into carillon.snapper_members (app_id, room, consumer) values (${app}, ${room}, ${consumer})
      on conflict do nothing returning room
    ), counted as (${count(app, 'rooms', sql`select 1 from opened where made`)})
    select exists (select 1 from joined) as joined`)
  return rows[0]?.joined === true
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

/** A room that has expired is another one: whoever was in it is not in the next. */
async function removeIfExpired(db: Database, app: number, room: string): Promise<void> {
  await db.execute(sql`
    with expired as (
      delete from carillon.snapper_rooms where app_id = ${app} and room = ${room} and expires_at <= now() returning room
    )
    delete from carillon.snapper_members member using expired where app_id = ${app} and member.room = expired.room`)
}
