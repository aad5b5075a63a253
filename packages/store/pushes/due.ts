import { sql } from 'drizzle-orm'
import { PushState } from '../schema/push.ts'
import type { Database } from '../database.ts'
import { notOfPaused } from './paused.ts'
import { priorityOf, type PushWakeUp } from './wake-up.ts'

/** Unix microseconds by the database's clock: exact, so that a moment can be a cursor. */
export type Moment = number

export interface DueRange {
  sender: string
  /** Exclusive, but for rows of that very moment with a larger id. */
  from: Moment
  afterId?: string
  /** Inclusive. */
  until: Moment
}

export interface DueRow extends Record<string, unknown> {
  id: string
  sender: string
  priority: number
  delay: number
  due: number
}

export interface DuePush extends PushWakeUp {
  due: Moment
}

/** Senders that have unfinished pushes. A skip scan: their pushes may be millions. */
export async function sendersWithPushes(db: Database): Promise<string[]> {
  const { rows } = await db.execute<{ sender: string }>(sql`
    with recursive names as (
      (select sender from carillon.pushes where finished_at is null order by sender limit 1)
      union all
      select (select p.sender from carillon.pushes as p where p.finished_at is null and p.sender > names.sender order by p.sender limit 1)
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
    where finished_at is null and sender = ${sender} and state + 0 = ${PushState.waiting}
      and due_at <= ${moment(until)} and (due_at, id) > (${moment(from)}, ${afterId}::bigint)
      and not exists (
        select from carillon.sender_pauses as pause where pause.app_id = p.app_id and pause.sender = p.sender)
      and ${notOfPaused}
    order by due_at, id limit ${limit}`)
  return rows.map(toDue)
}

export async function databaseNow(db: Database): Promise<Moment> {
  const { rows } = await db.execute<{ now: number }>(sql`select (extract(epoch from now()) * 1000000)::float8 as now`)
  return rows[0]!.now
}

export const microseconds = sql`(extract(epoch from due_at) * 1000000)::float8`

export function moment(microsecondsSinceEpoch: Moment) {
  return sql`timestamptz 'epoch' + ${microsecondsSinceEpoch}::float8 * interval '1 microsecond'`
}

export function toDue(row: DueRow): DuePush {
  const { id, sender, due } = row
  return { id, sender, due, priority: priorityOf(row.priority), delay: Math.max(0, row.delay) }
}
