import { sql, type SQL } from 'drizzle-orm'
import type { PusherList } from '@carillon/contract'
import type { Queryable } from '../database.ts'

export type Total = Omit<PusherList, 'pushers'>

/** Larger totals are estimates: counting them would cost more than the page. */
export const EXACT_TOTAL = 10_000

/** How many rows a statement has, which should be cheap to read, such as those of one index. */
export async function countRows(db: Queryable, rows: SQL): Promise<Total> {
  const counted = await db.execute<{ total: number }>(sql`
    select count(*)::int as total from (${rows} limit ${EXACT_TOTAL + 1}) as counted`)
  const total = counted.rows[0]?.total ?? 0
  return total > EXACT_TOTAL ? estimateOf(await expectedRows(db, rows)) : { total }
}

/** What the planner expects a statement to find. */
export async function expectedRows(db: Queryable, rows: SQL): Promise<number> {
  const explained = await db.execute<{ 'QUERY PLAN': [{ Plan: { 'Plan Rows': number } }] }>(
    sql`explain (format json) ${rows}`,
  )
  return explained.rows[0]?.['QUERY PLAN'][0].Plan['Plan Rows'] ?? 0
}

/** For rows of which more than `EXACT_TOTAL` are known to exist. */
export function estimateOf(expected: number): Total {
  return { total: Math.max(expected, EXACT_TOTAL + 1), totalIsEstimate: true }
}
