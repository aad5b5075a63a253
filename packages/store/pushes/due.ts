import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { notOfPaused } from './claim.ts'
import { priorityOf, type PushWakeUp } from './wake-up.ts'
import { PushState } from '../schema/push.ts'

/** Unix microseconds by the database's clock: exact, so that a moment can be a cursor. */
export type DatabaseTime = number

export interface DueRange {
  sender: string
  /** Exclusive, but for rows of that very moment with a larger id. */
  from: DatabaseTime
  afterId?: string
  /** Inclusive. */
  until: DatabaseTime
}

interface DueRow extends Record<string, unknown> {
  id: string
  sender: string
  priority: number
  delay: number
  due: number
}

export interface DuePush extends PushWakeUp {
  due: DatabaseTime
}

/** A row's place among those of its sender that are due. */
export interface DuePlace {
  due: DatabaseTime
  id: string
}

export interface OrphanedPushes {
  orphaned: DuePush[]
  /** Where the next call goes on; null: these were all. */
  next: DuePlace | null
}

/** Senders that have unfinished pushes. A skip scan: their pushes may be millions. */
export async function sendersWithPushes(db: Database): Promise<string[]> {
  const { rows } = await db.execute<{ sender: string }>(sql`
    with recursive names as (
      (select sender from carillon.pushes order by sender limit 1)
      union all
      select (select p.sender from carillon.pushes as p where p.sender > names.sender order by p.sender limit 1)
      from names where names.sender is not null
    )
    select sender from names where sender is not null`)
  return rows.map(({ sender }) => sender)
}

/** Waiting pushes of a sender that are due within a range and not paused, soonest first. */
export async function waitingPushes(db: Database, range: DueRange, limit: number): Promise<DuePush[]> {
  const { sender, from, until, afterId = '9223372036854775807' } = range
  const { rows } = await db.execute<DueRow>(sql`
    select id, sender, priority, (extract(epoch from due_at - now()) * 1000)::float8 as delay,
      ${microseconds} as due
    from carillon.pushes as p
    where sender = ${sender} and state + 0 = ${PushState.waiting}
      and due_at <= ${timestamp(until)} and (due_at, id) > (${timestamp(from)}, ${afterId}::bigint)
      and not exists (
        select from carillon.sender_pauses as pause where pause.app_id = p.app_id and pause.sender = p.sender)
      and ${notOfPaused}
    order by due_at, id limit ${limit}`)
  return rows.map(toDue)
}

/** Due rows that one call reads. An index on leases would make each claim write all the other indexes too. */
const WINDOW = 20_000

interface WindowRow extends DueRow {
  orphaned: boolean
  /** There may be more after it. */
  last: boolean
}

/** Pushes whose worker's lease ran out, among the next due ones of a sender after a place; null: from the oldest. */
export async function orphanedPushes(db: Database, sender: string, after: DuePlace | null): Promise<OrphanedPushes> {
  const beyond = after ? sql`and (due_at, id) > (${timestamp(after.due)}, ${after.id}::bigint)` : sql``
  const { rows } = await db.execute<WindowRow>(sql`
    select id, sender, priority, 0::float8 as delay, ${microseconds} as due, orphaned, place = ${WINDOW} as last
    from (
      select *, state = ${PushState.sending} and lease_until < now() as orphaned,
        row_number() over (order by due_at, id) as place
      from carillon.pushes where sender = ${sender} and due_at <= now() ${beyond}
      order by due_at, id limit ${WINDOW}
    ) as looked
    where orphaned or place = ${WINDOW}
    order by place`)
  const last = rows.find((row) => row.last)
  return { orphaned: rows.filter((row) => row.orphaned).map(toDue), next: last ? { due: last.due, id: last.id } : null }
}

/** Makes due what senders put off for a pusher. Pushes that were scheduled, deferred or that failed keep their time. */
export async function makePushesDue(
  db: Database,
  app: number,
  senders: readonly string[],
  pusher: string,
): Promise<PushWakeUp[]> {
  const { rows } = await db.execute<{ id: string; sender: string; priority: number }>(sql`
    update carillon.pushes set due_at = now() where id = any(array(
      select id from carillon.pushes
      where app_id = ${app} and pusher = ${pusher} and sender = any(${sql.param(senders)}::text[])
        and state + 0 = ${PushState.waiting} and reason is not null and failures = 0 and due_at > now()
        and (scheduled_at is null or scheduled_at <= now()) and due_at is distinct from deferred_until
      order by id for update skip locked))
    returning id, sender, priority`)
  return rows.map(({ id, sender, priority }) => ({ id, sender, priority: priorityOf(priority), delay: 0 }))
}

export async function databaseNow(db: Database): Promise<DatabaseTime> {
  const { rows } = await db.execute<{ now: number }>(sql`select (extract(epoch from now()) * 1000000)::float8 as now`)
  return rows[0]!.now
}

const microseconds = sql`(extract(epoch from due_at) * 1000000)::float8`

function timestamp(microsecondsSinceEpoch: DatabaseTime) {
  return sql`timestamptz 'epoch' + ${microsecondsSinceEpoch}::float8 * interval '1 microsecond'`
}

function toDue(row: DueRow): DuePush {
  const { id, sender, due } = row
  return { id, sender, due, priority: priorityOf(row.priority), delay: Math.max(0, row.delay) }
}
