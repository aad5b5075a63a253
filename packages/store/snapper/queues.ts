import { sql } from 'drizzle-orm'
import { type ConsumerKey, QUEUE_LEFT_S, QUEUE_LIFE_S, type SnapperQueues } from '@carillon/contract'
import type { Database } from '../database.ts'
import { acknowledge, take } from './batches.ts'
import { offer, publish } from './messages.ts'
import { removeExpired } from './remove-expired.ts'
import { join, leave } from './rooms.ts'
import { count, totals } from './totals.ts'

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
    take: (consumer) => take(db, consumer),
    acknowledge: (consumer, batch) => acknowledge(db, consumer, batch),
    totals: (app) => totals(db, app),
    removeExpired: () => removeExpired(db),
  }
}

/** One that has expired is another one: what waited in it does not wait in this. */
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
