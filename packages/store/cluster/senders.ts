import { sql } from 'drizzle-orm'
import type { SenderBacklog, SenderState, SenderStatus } from '@carillon/contract'
import { missingBySender, workersBySender } from './processes.ts'
import { senderQueues } from './queues.ts'
import { NOT_REPORTED, reportedSenders } from './reports.ts'
import type { Database } from '../database.ts'
import { PushState } from '../schema/push.ts'

export interface SenderRepository {
  /** @param most unfinished pushes that are counted for each sender; default: all, which takes longer the more there are */
  status(app: number, most?: number): Promise<SenderStatus[]>
  /**
   * Senders without their pushes, index-aligned: as fast however many those are. A sender that nobody runs has no workers.
   */
  states(app: number, names: readonly string[]): Promise<SenderState[]>
  /** Names of the senders that live workers run, or would run if they were configured. */
  ofWorkers(): Promise<string[]>
  /** Over all apps. */
  backlog(): Promise<SenderBacklog[]>
  pause(app: number, sender: string): Promise<void>
  /** The caller wakes the workers for the pushes that waited. */
  resume(app: number, sender: string): Promise<void>
}

export function senderRepository(db: Database): SenderRepository {
  return {
    status: (app, most) => senderStatus(db, app, most),
    states: (app, names) => senderStates(db, app, names),
    async ofWorkers() {
      const { rows } = await db.execute<{ name: string }>(sql`
        select name from (${workersBySender}) as live union select name from (${missingBySender}) as lacking`)
      return rows.map(({ name }) => name)
    },
    backlog: () => senderBacklogs(db),
    async pause(app, sender) {
      await db.execute(sql`insert into carillon.sender_pauses values (${app}, ${sender}) on conflict do nothing`)
    },
    async resume(app, sender) {
      await db.execute(sql`delete from carillon.sender_pauses where app_id = ${app} and sender = ${sender}`)
    },
  }
}

async function senderStatus(db: Database, app: number, most?: number): Promise<SenderStatus[]> {
  const [queues, reported] = await Promise.all([senderQueues(db, app, most), reportedSenders(db)])
  return queues.map((queue) => ({ ...queue, ...(reported.get(queue.name) ?? NOT_REPORTED) }))
}

async function senderStates(db: Database, app: number, names: readonly string[]): Promise<SenderState[]> {
  const [{ rows }, reported] = await Promise.all([
    db.execute<Pick<SenderState, 'name' | 'workers' | 'missing' | 'paused'> & Record<string, unknown>>(sql`
      select name, coalesce(workers, 0) as workers, missing,
        exists (select from carillon.sender_pauses where app_id = ${app} and sender = name) as paused
      from unnest(${sql.param(names)}::text[]) with ordinality as given (name, place)
      left join (${workersBySender}) as live using (name) left join (${missingBySender}) as lacking using (name)
      order by place`),
    reportedSenders(db),
  ])
  return rows.map((row) => ({ ...row, ...(reported.get(row.name) ?? NOT_REPORTED) }))
}

/** Every sender that a live worker runs or that has unfinished pushes. Reads all of those: not for every second. */
async function senderBacklogs(db: Database): Promise<SenderBacklog[]> {
  const left = sql`state = ${PushState.sending} and lease_until < now()`
  const due = sql`(state = ${PushState.waiting} and due_at <= now() or ${left})`
  const { rows } = await db.execute<SenderBacklog & Record<string, unknown>>(sql`
    with live as (${workersBySender}), pending as (
      select sender as name,
        count(*) filter (where ${due})::int as waiting,
        count(*) filter (where state = ${PushState.waiting} and due_at > now())::int as scheduled,
        count(*) filter (where state = ${PushState.sending} and not (${left}))::int as sending,
        extract(epoch from now() - min(due_at) filter (where ${due}))::float8 as oldest
      from carillon.pushes group by sender
    )
    select name, coalesce(workers, 0) as workers, coalesce(waiting, 0) as waiting, coalesce(scheduled, 0) as scheduled,
      coalesce(sending, 0) as sending, coalesce(oldest, 0)::float8 as "oldestDueAge"
    from live full join pending using (name)
    order by name`)
  return rows
}
