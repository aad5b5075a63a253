import { type SQL, sql } from 'drizzle-orm'
import { CarillonError, type PushAllCommand } from '@carillon/contract'
import type { Database } from '../database.ts'
import { endAs, intoHistory } from '../pushes/finish.ts'
import { BroadcastState } from '../schema/broadcast.ts'
import { EventNumber, PushState } from '../schema/push.ts'

/** A broadcast that workers must be notified of. The delay is in milliseconds. */
export interface BroadcastWakeUp {
  id: string
  sender: string
  delay: number
}

export interface IdleBroadcast extends BroadcastWakeUp {
  /** Every page is done. It ends when the pushes that came out of it have ended. */
  pagesDone: boolean
}

export type NewBroadcast = PushAllCommand & {
  name: string
  /** W3C; null or absent: untraced. */
  traceparent?: string | null
}

/** Adds a broadcast; one of the same name that has not begun yet takes the new schedat, category and urgency. */
export async function createBroadcast(db: Database, command: NewBroadcast): Promise<BroadcastWakeUp> {
  const { app, sender, name, data, tag, schedat, traceparent = null, category = null, urgent = false } = command
  const { rows } = await db.execute<BroadcastWakeUp & Record<string, unknown>>(sql`
    insert into carillon.broadcasts as b (app_id, sender, name, data, tag, due_at, trace_parent, category, urgent)
    values (${app}, ${sender}, ${name}, ${data}, ${tag}, greatest(now(), to_timestamp(${schedat}::float8)), ${traceparent},
      ${category}, ${urgent})
    on conflict (app_id, sender, name) where finished_at is null do update set
      due_at = case when b.cursor is null and not b.exhausted then excluded.due_at else b.due_at end,
      category = case when b.cursor is null and not b.exhausted then excluded.category else b.category end,
      urgent = case when b.cursor is null and not b.exhausted then excluded.urgent else b.urgent end
    returning id, sender, greatest(0, extract(epoch from due_at - now()) * 1000)::float8 as delay`)
  return rows[0]!
}

/** Stores how many recipients were counted at the start. The exact number is known with the last page. */
export async function setTotal(
  db: Database,
  id: string,
  { total, totalIsEstimate = false }: { total: number; totalIsEstimate?: boolean },
): Promise<void> {
  await db.execute(sql`
    update carillon.broadcasts set total = ${total}, total_is_estimate = ${totalIsEstimate} where id = ${id}`)
}

/**
 * Stops a broadcast until it is resumed: no page is opened, and workers return the pages that they hold.
 * @throws CarillonError `broadcast_not_found` or `broadcast_done`.
 */
export async function pauseBroadcast(db: Database, app: number, name: string): Promise<void> {
  await change(db, { app, name }, sql`state = ${BroadcastState.paused}`)
}

/**
 * Resumes a paused broadcast. The caller wakes a worker for it.
 * @throws CarillonError `broadcast_not_found` or `broadcast_done`.
 */
export function resumeBroadcast(db: Database, app: number, name: string): Promise<BroadcastWakeUp> {
  const clock = stopPausedClock(sql`case when started_at is not null then now() end`)
  return change(db, { app, name }, sql`state = ${BroadcastState.running}, ${clock}`)
}

/** Cancels a broadcast, also half-way, with the pushes that came out of it and still wait. */
export async function cancelBroadcast(db: Database, app: number, name: string): Promise<void> {
  const { rows } = await db.execute(sql`
    with cancelled as (
      update carillon.broadcasts
      set state = ${BroadcastState.cancelled}, finished_at = now(), ${stopPausedClock(sql`null::timestamptz`)}
      where app_id = ${app} and name = ${name} and finished_at is null
      returning id
    ), pushes as (
      ${endAs(PushState.cancelled, waitingOf(sql`cancelled`))}
    ), history as (
      ${intoHistory(sql`pushes`)}
    ), events as (
      insert into carillon.push_events (push_id, event, attempt)
      select id, ${EventNumber.cancelled}, attempt from pushes
    )
    select id from cancelled`)
  if (rows.length === 0) await refuse(db, app, name)
}

/** Locked, so that what a worker claims at this moment is passed over. */
function waitingOf(broadcasts: SQL): SQL {
  return sql`(
    select p.id from carillon.pushes as p join ${broadcasts} as b on p.broadcast_id = b.id
    where p.state + 0 = ${PushState.waiting} order by p.id for update of p)`
}

/** Ends those of `ids` of which every page is done and every push that came out of them has ended. */
export async function finishBroadcasts(db: Database, ids: string[]): Promise<void> {
  await db.execute(sql`
    update carillon.broadcasts as b set state = ${BroadcastState.done}, finished_at = now()
    where b.id = any(${sql.param(ids)}::bigint[]) and b.finished_at is null and b.exhausted
      and not exists (select from carillon.broadcast_pages as page where page.broadcast_id = b.id and not page.done)
      and not exists (select from carillon.pushes as p where p.broadcast_id = b.id)`)
}

/**
 * Finds running broadcasts, due within some seconds, that no worker processes: a page was orphaned, or none is open.
 * They include broadcasts that only have to be marked as done.
 */
export async function idleBroadcasts(db: Database, withinSeconds: number): Promise<IdleBroadcast[]> {
  const open = sql`select from carillon.broadcast_pages as page where page.broadcast_id = b.id and not page.done`
  const { rows } = await db.execute<IdleBroadcast & Record<string, unknown>>(sql`
    select id, sender, greatest(0, extract(epoch from due_at - now()) * 1000)::float8 as delay,
      exhausted and not exists (${open}) as "pagesDone"
    from carillon.broadcasts as b
    where finished_at is null and state = ${BroadcastState.running} and due_at < now() + ${withinSeconds} * interval '1 second'
      and (exists (${open} and page.lease_until < now()) or not exists (${open}))
      and not exists (
        select from carillon.sender_pauses as pause where pause.app_id = b.app_id and pause.sender = b.sender)
    order by due_at`)
  return rows
}

async function change(db: Database, { app, name }: { app: number; name: string }, set: SQL): Promise<BroadcastWakeUp> {
  const { rows } = await db.execute<BroadcastWakeUp & Record<string, unknown>>(sql`
    update carillon.broadcasts set ${set} where app_id = ${app} and name = ${name} and finished_at is null
    returning id, sender, greatest(0, extract(epoch from due_at - now()) * 1000)::float8 as delay`)
  return rows[0] ?? refuse(db, app, name)
}

/** When the last worker released its page, or now while some still send. Its row is `carillon.broadcasts`. */
const stoppedAt = sql`(
  select least(now(), max(case when page.done then page.done_at else page.lease_until end))
  from carillon.broadcast_pages as page where page.broadcast_id = broadcasts.id)`

/** Assignments that end the clock of a broadcast that is paused: it runs until workers have sent what they had started. */
function stopPausedClock(since: SQL): SQL {
  const paused = sql`state = ${BroadcastState.paused}`
  const ran = sql`coalesce(extract(epoch from greatest(running_since, ${stoppedAt}) - running_since), 0)`
  return sql`ran_seconds = ran_seconds + case when ${paused} then ${ran} else 0 end,
    running_since = case when ${paused} then ${since} else running_since end`
}

/** Reports why there is nothing to change. @throws CarillonError `broadcast_not_found` or `broadcast_done`. */
async function refuse(db: Database, app: number, name: string): Promise<never> {
  const { rowCount } = await db.execute(sql`
    select from carillon.broadcasts where app_id = ${app} and name = ${name} limit 1`)
  if (rowCount === 0) throw new CarillonError('broadcast_not_found', `There is no broadcast ${name}.`)
  throw new CarillonError('broadcast_done', `The broadcast ${name} is over: it is done or was cancelled.`)
}
