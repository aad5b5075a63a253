import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { PushState } from '../schema/push.ts'
import { type PushWake, priorityOf } from './wake.ts'

interface WaitingRow extends Record<string, unknown> {
  id: string
  sender: string
  priority: number
  delay: number
}

/** A hint has ids alone: what else to say of a push stands in its row. */
export async function wakesOf(db: Database, ids: string[]): Promise<PushWake[]> {
  const { rows } = await db.execute<WaitingRow>(sql`
    select id, sender, priority, greatest(0, extract(epoch from due_at - now()) * 1000)::float8 as delay
    from carillon.pushes where id = any(${sql.param(ids)}::bigint[]) and state + 0 = ${PushState.waiting}`)
  return rows.map(({ id, sender, priority, delay }) => ({ id, sender, priority: priorityOf(priority), delay }))
}
