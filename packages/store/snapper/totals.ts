import { eq, sql } from 'drizzle-orm'
import type { SnapperTotals } from '@carillon/contract'
import type { Database } from '../database.ts'
import { snapperTotals } from '../schema/snapper.ts'

type Counting = Pick<Database, 'execute'>

export async function count(db: Counting, app: number, more: { consumers?: 1; rooms?: 1 }): Promise<void> {
  await db.execute(sql`
    insert into carillon.snapper_totals as total (app_id, consumers, rooms)
    values (${app}, ${more.consumers ?? 0}, ${more.rooms ?? 0})
    on conflict (app_id) do update set
      consumers = total.consumers + excluded.consumers, rooms = total.rooms + excluded.rooms`)
}

export async function totals(db: Database, app: number): Promise<SnapperTotals> {
  const [row] = await db.select().from(snapperTotals).where(eq(snapperTotals.appId, app))
  const { producerMessages = 0, consumerMessages = 0, consumers = 0, rooms = 0 } = row ?? {}
  return { producerMessages, consumerMessages, consumers, rooms }
}
