import { sql } from 'drizzle-orm'
import type { Priority } from '@carillon/contract'
import type { Database } from '../database.ts'
import { PushState } from '../schema/push.ts'

/** A push that workers must be notified of. */
export interface PushWakeUp {
  id: string
  sender: string
  priority: Priority
  /** Milliseconds until it is due, by the database's clock. */
  delay: number
}

export const PRIORITY_NUMBER: Record<Priority, number> = { high: 1, normal: 0, low: -1 }

export function priorityOf(number: number): Priority {
  if (number > 0) return 'high'
  return number < 0 ? 'low' : 'normal'
}

interface WaitingRow extends Record<string, unknown> {
  id: string
  sender: string
  priority: number
  delay: number
}

/** A wake-up job has only ids; the rest is read from the rows. */
export async function wakeUpsOf(db: Database, ids: string[]): Promise<PushWakeUp[]> {
  const { rows } = await db.execute<WaitingRow>(sql`
    select id, sender, priority, greatest(0, extract(epoch from due_at - now()) * 1000)::float8 as delay
    from carillon.pushes where id = any(${sql.param(ids)}::bigint[]) and state + 0 = ${PushState.waiting}`)
  return rows.map(({ id, sender, priority, delay }) => ({ id, sender, priority: priorityOf(priority), delay }))
}
