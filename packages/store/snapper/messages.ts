import { type SQL, sql } from 'drizzle-orm'
import { type ConsumerKey, type Published, QUEUE_MESSAGES, ROOM_USED_S, type RoomMessage } from '@carillon/contract'
import type { Database } from '../database.ts'
import { count } from './totals.ts'

type Executing = Pick<Database, 'execute'>

export function publish(db: Database, app: number, messages: readonly RoomMessage[]): Promise<Published> {
  if (messages.length === 0) return Promise.resolve({ reached: [], dropped: 0 })
  const [rooms, texts] = [messages.map(({ room }) => room), messages.map(({ message }) => message)]
  return db.transaction(async (tx) => {
    await tx.execute(sql`
      update carillon.snapper_rooms set expires_at = now() + ${ROOM_USED_S} * interval '1 second'
      where app_id = ${app} and room = any(${sql.param(rooms)}::text[]) and expires_at > now()`)
    const members = sql`
      select distinct consumer from carillon.snapper_members join carillon.snapper_rooms using (app_id, room)
      where app_id = ${app} and room = any(${sql.param(rooms)}::text[]) and expires_at > now()`
    await lockQueues(tx, app, members)
    const published = await add(tx, app, rooms, texts)
    await count(tx, app, { producerMessages: messages.length })
    return published
  })
}

export function offer(db: Database, { app, id }: ConsumerKey, message: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    await lockQueues(tx, app, sql`select ${id}::text`)
    const { rows } = await tx.execute<{ waiting: number; same: boolean; live: boolean }>(sql`
      select count(*)::int as waiting, coalesce(bool_or(message = ${message}), false) as same,
        exists (
          select 1 from carillon.snapper_queues where app_id = ${app} and consumer = ${id} and expires_at > now()
        ) as live
      from carillon.snapper_messages where app_id = ${app} and consumer = ${id}`)
    const { waiting = 0, same = false, live = false } = rows[0] ?? {}
    if (!live || (!same && waiting >= QUEUE_MESSAGES)) return false
    if (!same)
      await tx.execute(sql`
        insert into carillon.snapper_messages (app_id, consumer, message) values (${app}, ${id}, ${message})`)
    return true
  })
}

/** In one order, so that nobody waits in a circle; what comes next sees what others have queued meanwhile. */
async function lockQueues(tx: Executing, app: number, consumers: SQL): Promise<void> {
  await tx.execute(sql`
    select 1 from carillon.snapper_queues where app_id = ${app} and consumer in (${consumers})
    order by consumer for update`)
}

async function add(tx: Executing, app: number, rooms: string[], texts: string[]): Promise<Published> {
  const { rows } = await tx.execute<{ reached: string[]; dropped: number }>(sql`
    with sent as (
      select * from unnest(${sql.param(rooms)}::text[], ${sql.param(texts)}::text[])
        with ordinality as sent (room, message, place)
    ), target as (
      select queue.consumer, message, place,
        row_number() over (partition by queue.consumer order by place) as turn
      from sent
      join carillon.snapper_rooms room on room.app_id = ${app} and room.room = sent.room and room.expires_at > now()
      join carillon.snapper_members member on member.app_id = ${app} and member.room = sent.room
      join carillon.snapper_queues queue
        on queue.app_id = ${app} and queue.consumer = member.consumer and queue.expires_at > now()
    ), held as (
      select consumer, count(*) as size from carillon.snapper_messages
      where app_id = ${app} and consumer in (select consumer from target) group by consumer
    ), added as (
      insert into carillon.snapper_messages (app_id, consumer, message)
      select ${app}, consumer, message from target left join held using (consumer)
      where coalesce(size, 0) + turn <= ${QUEUE_MESSAGES} order by place
      returning consumer
    )
    select array(select distinct consumer from added) as reached,
      ((select count(*) from target) - (select count(*) from added))::int as dropped`)
  return rows[0] ?? { reached: [], dropped: 0 }
}
