import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

/** The data of a push, as it was accepted. Null if there is no such push, or if it was erased with its pusher. */
export async function messageOf(db: Database, app: number, id: string): Promise<string | null> {
  const { rows } = await db.execute<{ data: string }>(sql`
    select data from carillon.pushes where id = ${id} and app_id = ${app}
    union all
    select data from carillon.finished_pushes where id = ${id} and app_id = ${app}`)
  return rows[0]?.data || null
}
