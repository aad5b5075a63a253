import { type SQL, sql } from 'drizzle-orm'
import type { SenderStatus } from '@carillon/contract'
import type { Database } from '../database.ts'
import { PushState } from '../schema/push.ts'
import { missingBySender, workersBySender } from './processes.ts'
import type { Reported } from './reports.ts'

type SenderQueue = Omit<SenderStatus, keyof Reported>

interface QueueRow extends Omit<SenderQueue, 'isPart'>, Record<string, unknown> {
  /** Unfinished pushes that were counted, if there is a limit. */
  counted: number | null
}

/**
 * Every sender that a live worker runs or would run, that is paused, or that has unfinished pushes: none waits unseen.
 * @param most unfinished pushes that are counted for each; default: all
 */
export async function senderQueues(db: Database, app: number, most?: number): Promise<SenderQueue[]> {
  const { rows } = await db.execute<QueueRow>(sql`
    with recursive live as (${workersBySender}), lacking as (${missingBySender}),
    ${most === undefined ? countAll(app) : countSome(app, most)}, paused as (
      select sender as name from carillon.sender_pauses where app_id = ${app}
    )
    select name, coalesce(workers, 0) as workers, missing, paused.name is not null as paused,
      coalesce(waiting, 0) as waiting, coalesce(delayed, 0) as delayed, coalesce(active, 0) as active,
      oldest as "oldestDueAge", counted
    from live full join lacking using (name) full join pending using (name) full join paused using (name)
    order by name`)
  return rows.map(({ counted, ...queue }) => (counted === most ? { ...queue, isPart: true } : queue))
}

const isDue = sql`state = ${PushState.waiting} and due_at <= now()`
const counts = sql`
  count(*) filter (where ${isDue})::int as waiting,
  count(*) filter (where state = ${PushState.waiting} and due_at > now())::int as delayed,
  count(*) filter (where state = ${PushState.sending})::int as active`

const oldest = sql`extract(epoch from now() - min(due_at) filter (where ${isDue}))::float8`

function countAll(app: number): SQL {
  return sql`pending as (
    select sender as name, ${counts}, null::int as counted, ${oldest} as oldest from carillon.pushes where app_id = ${app} group by sender
  )`
}

/** More senders than anybody has; so few that Postgres does not compile the statement, which takes it longer than to run it. */
const MOST_SENDERS = 50

/** Jumps from sender to sender in one index, and reads the pushes of each that are due first from another. */
function countSome(app: number, most: number): SQL {
  const next = (after: SQL) => sql`
    select sender from carillon.pushes where app_id = ${app} ${after} order by sender limit 1`
  return sql`names as (
    (${next(sql``)})
    union all
    select (${next(sql`and sender > names.sender`)}) from names where names.sender is not null
  ), pending as (
    select names.sender as name, of_sender.*
    from (select sender from names where sender is not null limit ${MOST_SENDERS}) as names
    cross join lateral (
      select ${counts}, count(*)::int as counted, ${oldest} as oldest from (
        select state, due_at from carillon.pushes where app_id = ${app} and sender = names.sender
        order by due_at limit ${most}
      ) as due_first
    ) as of_sender
  )`
}
