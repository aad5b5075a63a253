import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { BATCH_BYTES, BATCH_MESSAGES, type ConsumerKey, type QueuedBatch } from '@carillon/contract'
import type { Database } from '../database.ts'
import { count } from './totals.ts'

/** The batch holds its messages by id: one with a lower id may be committed later. */
export async function take(db: Database, { app, id }: ConsumerKey): Promise<QueuedBatch | null> {
  await db.execute(sql`
    with waiting as (
      select id, message from carillon.snapper_messages where app_id = ${app} and consumer = ${id}
      order by id limit ${BATCH_MESSAGES}
    ), sized as (
      select id, row_number() over (order by id) as place, sum(octet_length(message)) over (order by id) as bytes
      from waiting
    )
    update carillon.snapper_queues set batch = ${randomUUID()},
      batch_messages = array(select id from sized where place = 1 or bytes <= ${BATCH_BYTES})
    where app_id = ${app} and consumer = ${id} and expires_at > now() and batch is null
      and exists (select 1 from waiting)`)
  const { rows } = await db.execute<{ batch: string; messages: string[] }>(sql`
    select batch, array(
      select message from carillon.snapper_messages where id = any(batch_messages) order by id
    ) as messages
    from carillon.snapper_queues
    where app_id = ${app} and consumer = ${id} and expires_at > now() and batch is not null`)
  const [row] = rows
  return row ? { id: row.batch, messages: row.messages } : null
}

export function acknowledge(db: Database, { app, id }: ConsumerKey, batch: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const { rows } = await tx.execute<{ messages: string[] }>(sql`
      with acknowledged as (
        select batch_messages from carillon.snapper_queues
        where app_id = ${app} and consumer = ${id} and batch = ${batch} for update
      )
      update carillon.snapper_queues set batch = null, batch_messages = null from acknowledged
      where app_id = ${app} and consumer = ${id}
      returning acknowledged.batch_messages as messages`)
    const [row] = rows
    if (!row) return false
    await tx.execute(sql`
      delete from carillon.snapper_messages where id = any(${sql.param(row.messages)}::bigint[])`)
    await count(tx, app, { consumerMessages: row.messages.length })
    return true
  })
}
