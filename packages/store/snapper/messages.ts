import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import {
  BATCH_BYTES,
  BATCH_MESSAGES,
  type ConsumerKey,
  type PublishResult,
  QUEUE_MESSAGES,
  type QueuedBatch,
  ROOM_USED_S,
  type RoomMessage,
} from '@carillon/contract'
import type { Database } from '../database.ts'

/** Rooms and queues are locked in one order, which prevents deadlocks; a queue's size is read under its lock. */
export async function publish(db: Database, app: number, messages: readonly RoomMessage[]): Promise<PublishResult> {
  if (messages.length === 0) return { reached: [], dropped: 0 }
  const rooms = sql.param(messages.map(({ room }) => room))
  const texts = sql.param(messages.map(({ message }) => message))
  const { rows } = await db.execute<{ reached: string[]; dropped: number }>(sql`
    with sent as (
      select room, message, place from unnest(${rooms}::text[], ${texts}::text[])
        with ordinality as sent (room, message, place)
    ), used as (
      select room from carillon.snapper_rooms
      where app_id = ${app} and room = any(${rooms}::text[]) and expires_at > now() order by room for update
    ), renewed as (
      update carillon.snapper_rooms known set expires_at = now() + ${ROOM_USED_S} * interval '1 second'
      from used where known.app_id = ${app} and known.room = used.room
    ), addressed as (
      select consumer, message, place from sent join used using (room)
      join carillon.snapper_members member on member.app_id = ${app} and member.room = sent.room
    ), queue as (
      select consumer, size from carillon.snapper_queues
      where app_id = ${app} and consumer in (select consumer from addressed) and expires_at > now()
      order by consumer for update
    ), target as (
      select consumer, message, place, size + row_number() over (partition by consumer order by place) as place_in_queue
      from addressed join queue using (consumer)
    ), added as (
      insert into carillon.snapper_messages (app_id, consumer, message)
      select ${app}, consumer, message from target where place_in_queue <= ${QUEUE_MESSAGES} order by place
      returning consumer
    ), more as (
      select consumer, count(*)::int as messages from added group by consumer
    ), grown as (
      update carillon.snapper_queues queue set size = queue.size + more.messages from more
      where queue.app_id = ${app} and queue.consumer = more.consumer
    ), counted as (
      insert into carillon.snapper_totals as total (app_id, producer_messages) values (${app}, ${messages.length})
      on conflict (app_id) do update set producer_messages = total.producer_messages + excluded.producer_messages
    )
    select array(select consumer from more) as reached,
      ((select count(*) from target) - (select count(*) from added))::int as dropped`)
  return rows[0] ?? { reached: [], dropped: 0 }
}

export async function offer(db: Database, { app, id }: ConsumerKey, message: string, times: number): Promise<boolean> {
  const { rows } = await db.execute<{ accepted: boolean }>(sql`
    with queue as (
      select size from carillon.snapper_queues
      where app_id = ${app} and consumer = ${id} and expires_at > now() for update
    ), missing as (
      select ${times}::int - count(*)::int as messages from carillon.snapper_messages
      where app_id = ${app} and consumer = ${id} and message = ${message}
    ), added as (
      insert into carillon.snapper_messages (app_id, consumer, message)
      select ${app}, ${id}, ${message} from queue, missing,
        generate_series(1, least(missing.messages, ${QUEUE_MESSAGES} - size))
      returning 1
    ), grown as (
      update carillon.snapper_queues set size = size + (select count(*) from added)
      where app_id = ${app} and consumer = ${id} and exists (select 1 from added)
    )
    select exists (select 1 from queue) and (select count(*) from added) >= missing.messages as accepted from missing`)
  return rows[0]?.accepted === true
}

/** The batch holds its messages by id: one with a lower id may be committed later. */
export async function claim(db: Database, { app, id }: ConsumerKey): Promise<QueuedBatch | null> {
  const queue = sql`app_id = ${app} and consumer = ${id} and expires_at > now()`
  const { rows } = await db.execute<{ id: string; messages: string[] }>(sql`
    with waiting as (
      select id, message from carillon.snapper_messages where app_id = ${app} and consumer = ${id}
      order by id limit ${BATCH_MESSAGES}
    ), sized as (
      select id, row_number() over (order by id) as place, sum(octet_length(message)) over (order by id) as bytes
      from waiting
    ), begun as (
      update carillon.snapper_queues set batch = ${randomUUID()},
        batch_messages = array(select id from sized where place = 1 or bytes <= ${BATCH_BYTES})
      where ${queue} and batch is null and exists (select 1 from waiting)
      returning batch, batch_messages
    ), under_way as (
      select batch, batch_messages from carillon.snapper_queues where ${queue} and batch is not null
      union all select batch, batch_messages from begun
    )
    select batch as id, array(
      select message from carillon.snapper_messages where id = any(batch_messages) order by id
    ) as messages
    from under_way`)
  return rows[0] ?? null
}

export async function acknowledge(db: Database, { app, id }: ConsumerKey, batch: string): Promise<boolean> {
  const { rows } = await db.execute<{ done: boolean }>(sql`
    with acknowledged as (
      select batch_messages from carillon.snapper_queues
      where app_id = ${app} and consumer = ${id} and batch = ${batch} for update
    ), ended as (
      update carillon.snapper_queues queue
      set batch = null, batch_messages = null, size = size - cardinality(acknowledged.batch_messages)
      from acknowledged where app_id = ${app} and consumer = ${id}
    ), removed as (
      delete from carillon.snapper_messages using acknowledged where id = any(acknowledged.batch_messages) returning id
    ), counted as (
      insert into carillon.snapper_totals as total (app_id, consumer_messages)
      select ${app}, count(*) from removed
      on conflict (app_id) do update set consumer_messages = total.consumer_messages + excluded.consumer_messages
    )
    select exists (select 1 from acknowledged) as done`)
  return rows[0]?.done === true
}
