import { eq, type SQL, sql } from 'drizzle-orm'
import {
  type ConsumerKey,
  QUEUE_LEFT_S,
  QUEUE_LIFE_S,
  ROOM_JOINED_S,
  type SnapperQueues,
  type SnapperTotals,
} from '@carillon/contract'
import type { Database } from '../database.ts'
import { snapperTotals } from '../schema/snapper.ts'
import { acknowledge, claim, offer, publish } from './messages.ts'

/** Snapper's queues and rooms in Postgres, for when there is no Redis; the sweeper removes what has expired. */
export interface SnapperQueueRepository extends SnapperQueues {
  removeExpired(): Promise<void>
}

export function snapperQueueRepository(db: Database): SnapperQueueRepository {
  return {
    async open(consumer, room) {
      await openQueue(db, consumer)
      await join(db, consumer.app, room, consumer.id)
    },
    async abandon({ app, id }) {
      await db.execute(sql`
        update carillon.snapper_queues
        set expires_at = least(expires_at, now() + ${QUEUE_LEFT_S} * interval '1 second')
        where app_id = ${app} and consumer = ${id}`)
    },
    join: (app, room, consumer) => join(db, app, room, consumer),
    leave: (app, room, consumer) => leave(db, app, room, consumer),
    publish: (app, messages) => publish(db, app, messages),
    offer: (consumer, message, times) => offer(db, consumer, message, times),
    claim: (consumer) => claim(db, consumer),
    acknowledge: (consumer, batch) => acknowledge(db, consumer, batch),
    totals: (app) => totals(db, app),
    removeExpired: () => removeExpired(db),
  }
}

/** An expired queue is replaced by a new one, without the old messages. */
async function openQueue(db: Database, { app, id }: ConsumerKey): Promise<void> {
  const expired = sql`known.expires_at <= now()`
  await db.execute(sql`
    with over as (
      delete from carillon.snapper_messages message using carillon.snapper_queues known
      where known.app_id = ${app} and known.consumer = ${id} and ${expired}
        and message.app_id = known.app_id and message.consumer = known.consumer
    ), opened as (
      insert into carillon.snapper_queues as known (app_id, consumer, expires_at)
      values (${app}, ${id}, now() + ${QUEUE_LIFE_S} * interval '1 second')
      on conflict (app_id, consumer) do update set expires_at = excluded.expires_at,
        size = case when ${expired} then 0 else known.size end,
        batch = case when ${expired} then null else known.batch end,
        batch_messages = case when ${expired} then null else known.batch_messages end
      returning xmax = 0 as made
    )
    ${count(app, 'consumers', sql`select 1 from opened where made`)}`)
}

/** Rows of each kind that are removed in one step. */
const ROWS = 1000

/** Removes some of the queues and the rooms that have ended, and members without a queue. */
async function removeExpired(db: Database): Promise<void> {
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

async function join(db: Database, app: number, room: string, consumer: string): Promise<boolean> {
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

async function leave(db: Database, app: number, room: string, consumer: string): Promise<boolean> {
  const { rows } = await db.execute(sql`
    with gone as (
      delete from carillon.snapper_members
      where app_id = ${app} and room = ${room} and consumer = ${consumer}
      returning room
    )
    select 1 from gone join carillon.snapper_rooms using (room) where app_id = ${app} and expires_at > now()`)
  return rows.length === 1
}

/** An expired room is replaced by a new one, without the old members. */
async function removeIfExpired(db: Database, app: number, room: string): Promise<void> {
  await db.execute(sql`
    with expired as (
      delete from carillon.snapper_rooms where app_id = ${app} and room = ${room} and expires_at <= now() returning room
    )
    delete from carillon.snapper_members member using expired where app_id = ${app} and member.room = expired.room`)
}

/** The end of a statement: one more for each row. */
function count(app: number, what: 'consumers' | 'rooms', rows: SQL): SQL {
  const column = sql.identifier(what)
  return sql`
    insert into carillon.snapper_totals as total (app_id, ${column}) select ${app}, count(*) from (${rows}) as one
    on conflict (app_id) do update set ${column} = total.${column} + excluded.${column}`
}

async function totals(db: Database, app: number): Promise<SnapperTotals> {
  const [row] = await db.select().from(snapperTotals).where(eq(snapperTotals.appId, app))
  const { producerMessages = 0, consumerMessages = 0, consumers = 0, rooms = 0 } = row ?? {}
  return { producerMessages, consumerMessages, consumers, rooms }
}
