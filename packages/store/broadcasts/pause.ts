import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { BroadcastState } from '../schema/broadcast.ts'
import { stopPausedClock } from './clock.ts'
import type { BroadcastWakeUp } from './lifecycle.ts'
import { refuse } from './refuse.ts'

/**
 * Stops a broadcast until it is resumed: no page is opened, and workers give back those they hold.
 * @throws CarillonError `broadcast_not_found` or `broadcast_done`.
 */
export async function pauseBroadcast(db: Database, app: number, name: string): Promise<void> {
  await change(db, { app, name }, sql`state = ${BroadcastState.paused}`)
}

/**
 * Lets a paused broadcast go on; whoever calls it wakes it.
 * @throws CarillonError `broadcast_not_found` or `broadcast_done`.
 */
export function resumeBroadcast(db: Database, app: number, name: string): Promise<BroadcastWakeUp> {
  const clock = stopPausedClock(sql`case when started_at is not null then now() end`)
  return change(db, { app, name }, sql`state = ${BroadcastState.running}, ${clock}`)
}

async function change(db: Database, { app, name }: { app: number; name: string }, set: SQL): Promise<BroadcastWakeUp> {
  const { rows } = await db.execute<BroadcastWakeUp & Record<string, unknown>>(sql`
    update carillon.broadcasts set ${set} where app_id = ${app} and name = ${name} and finished_at is null
    returning id, sender, greatest(0, extract(epoch from due_at - now()) * 1000)::float8 as delay`)
  return rows[0] ?? refuse(db, app, name)
}
