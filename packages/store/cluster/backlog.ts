import { sql } from 'drizzle-orm'
import type { SenderBacklog } from '@carillon/contract'
import type { Database } from '../database.ts'
import { PushState } from '../schema/push.ts'
import { workersBySender } from './workers.ts'

/** Every sender that a live worker runs or that has unfinished pushes. Reads all of those: not for every second. */
export async function senderBacklogs(db: Database): Promise<SenderBacklog[]> {
  const left = sql`state = ${PushState.sending} and lease_until < now()`
  const due = sql`(state = ${PushState.waiting} and due_at <= now() or ${left})`
  const { rows } = await db.execute<SenderBacklog & Record<string, unknown>>(sql`
    with live as (${workersBySender}), pending as (
      select sender as name,
        count(*) filter (where ${due})::int as waiting,
        count(*) filter (where state = ${PushState.waiting} and due_at > now())::int as scheduled,
        count(*) filter (where state = ${PushState.sending} and not (${left}))::int as sending,
        extract(epoch from now() - min(due_at) filter (where ${due}))::float8 as oldest
      from carillon.pushes where finished_at is null group by sender
    )
    select name, coalesce(workers, 0) as workers, coalesce(waiting, 0) as waiting, coalesce(scheduled, 0) as scheduled,
      coalesce(sending, 0) as sending, coalesce(oldest, 0)::float8 as "oldestDueAge"
    from live full join pending using (name)
    order by name`)
  return rows
}
