import { eq, type SQL, sql } from 'drizzle-orm'
import type { SnapperTotals } from '@carillon/contract'
import type { Database } from '../database.ts'
import { snapperTotals } from '../schema/snapper.ts'

/** The end of a statement: one more for each row. */
export function count(app: number, what: 'consumers' | 'rooms', rows: SQL): SQL {
  const column = sql.identifier(what)
  return sql`
    insert into carillon.snapper_totals as total (app_id, ${column}) select ${app}, count(*) from (${rows}) as one
    on conflict (app_id) do update set ${column} = total.${column} + excluded.${column}`
}

export async function totals(db: Database, app: number): Promise<SnapperTotals> {
  const [row] = await db.select().from(snapperTotals).where(eq(snapperTotals.appId, app))
  const { producerMessages = 0, consumerMessages = 0, consumers = 0, rooms = 0 } = row ?? {}
  return { producerMessages, consumerMessages, consumers, rooms }
}
