import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { BATCH_BYTES, BATCH_MESSAGES, type ConsumerKey, type QueuedBatch } from '@carillon/contract'
import type { Database } from '../database.ts'

/** The batch holds its messages by id: one with a lower id may be committed later. */
export async function take(db: Database, { app, id }: ConsumerKey): Promise<QueuedBatch | null> {
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
