import { eq, sql } from 'drizzle-orm'
import type { SnapperTotals } from '@carillon/contract'
import type { Database } from '../database.ts'
import { snapperTotals } from '../schema/snapper.ts'

type Counting = Pick<Database, 'execute'>

export async function count(db: Counting, app: number, more: Partial<SnapperTotals>): Promise<void> {
  const { producerMessages = 0, consumerMessages = 0, consumers = 0, rooms = 0 } = more
  await db.execute(sql`
    insert into carillon.snapper_totals as known (app_id, producer_messages, consumer_messages, consumers, rooms)
    values (${app}, ${producerMessages}, ${consumerMessages}, ${consumers}, ${rooms})
    on conflict (app_id) do update set
      producer_messages = known.producer_messages + excluded.producer_messages,
      consumer_messages = known.consumer_messages + excluded.consumer_messages,
      consumers = known.consumers + excluded.consumers,
      rooms = known.rooms + excluded.rooms`)
}

export async function totals(db: Database, app: number): Promise<SnapperTotals> {
  const [row] = await db.select().from(snapperTotals).where(eq(snapperTotals.appId, app))
  const { producerMessages = 0, consumerMessages = 0, consumers = 0, rooms = 0 } = row ?? {}
  return { producerMessages, consumerMessages, consumers, rooms }
}
