import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

/** Keeps how many recipients were counted; each is visited, so the last page knows better. */
export async function setTotal(
  db: Database,
  id: string,
  { total, totalIsEstimate = false }: { total: number; totalIsEstimate?: boolean },
): Promise<void> {
  await db.execute(sql`
    update carillon.broadcasts set total = ${total}, total_is_estimate = ${totalIsEstimate} where id = ${id}`)
}
