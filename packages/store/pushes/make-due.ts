import { sql } from 'drizzle-orm'
import { PushState } from '../schema/push.ts'
import type { Database } from '../database.ts'
import { priorityOf, type PushWakeUp } from './wake-up.ts'

/** Makes due what senders put off for a pusher. What the caller scheduled, and what failed, waits for its time. */
export async function makePushesDue(
  db: Database,
  app: number,
  senders: readonly string[],
  pusher: string,
): Promise<PushWakeUp[]> {
  const { rows } = await db.execute<{ id: string; sender: string; priority: number }>(sql`
    update carillon.pushes set due_at = now() where id = any(array(
      select id from carillon.pushes
      where app_id = ${app} and pusher = ${pusher} and sender = any(${sql.param(senders)}::text[]) and finished_at is null
        and state + 0 = ${PushState.waiting} and reason is not null and failures = 0 and due_at > now()
        and (scheduled_at is null or scheduled_at <= now())
      order by id for update skip locked))
    returning id, sender, priority`)
  return rows.map(({ id, sender, priority }) => ({ id, sender, priority: priorityOf(priority), delay: 0 }))
}
