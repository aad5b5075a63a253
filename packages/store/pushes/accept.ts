import { sql } from 'drizzle-orm'
import type { PushCommand } from '@carillon/contract'
import { PushState } from '../schema/push.ts'
import type { Database } from '../database.ts'
import { PRIORITY_NUMBER, type PushWake, priorityOf } from './wake.ts'

export type NewPush = PushCommand & {
  name: string
  /** W3C; null or absent: untraced. */
  traceparent?: string | null
}

export interface AcceptedPush extends PushWake {
  /** False while a push of that name is being sent: it goes again when its outcome is recorded. */
  waiting: boolean
}

interface AcceptedRow extends Record<string, unknown> {
  id: string
  app_id: number
  sender: string
  name: string
  priority: number
  delay: number
  state: number
}

/**
 * Writes pushes in one statement and answers them index-aligned. A name that is pending is not
 * added but takes the new schedat; the last of equal names in the batch wins.
 */
export async function acceptPushes(db: Database, pushes: NewPush[]): Promise<AcceptedPush[]> {
  const { rows } = await db.execute<AcceptedRow>(insert(distinctInOrder(pushes)))
  const byKey = new Map(rows.map((row) => [keyOf(row.app_id, row.sender, row.name), toAccepted(row)]))
  return pushes.map((push) => byKey.get(keyOf(push.app, push.sender, push.name))!)
}

/** The same key twice fails the whole statement; rows locked in different orders deadlock. */
function distinctInOrder(pushes: NewPush[]): NewPush[] {
  const byKey = new Map(pushes.map((push) => [keyOf(push.app, push.sender, push.name), push]))
  return [...byKey.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, push]) => push)
}

function keyOf(app: number, sender: string, name: string): string {
  return `${app} ${sender} ${name}`
}

/** `do update`, not `do nothing`, which would return nothing for the rows that exist. */
function insert(pushes: NewPush[]) {
  const column = <T>(read: (push: NewPush) => T) => sql.param(pushes.map(read))
  return sql`
    insert into carillon.pushes as p (app_id, sender, name, pusher, data, force, priority, ttl, due_at, scheduled_at, expires_at, trace_parent)
    select app_id, sender, name, pusher, data, force, priority, ttl, due_at,
      case when due_at > now() then due_at end, due_at + ttl * interval '1 second', trace_parent
    from (
      select *, greatest(now(), to_timestamp(schedat)) as due_at
      from unnest(
        ${column((push) => push.app)}::int[], ${column((push) => push.sender)}::text[],
        ${column((push) => push.name)}::text[], ${column((push) => push.pusher)}::text[],
        ${column((push) => push.data)}::text[], ${column((push) => push.force)}::bool[],
        ${column((push) => PRIORITY_NUMBER[push.priority])}::smallint[], ${column((push) => push.ttl)}::int[],
        ${column((push) => push.schedat)}::float8[], ${column((push) => push.traceparent ?? null)}::text[]
      ) as given (app_id, sender, name, pusher, data, force, priority, ttl, schedat, trace_parent)
    ) as pushed
    on conflict (app_id, sender, name) where finished_at is null do update set
      due_at = case when p.state = ${PushState.waiting} then excluded.due_at else p.due_at end,
      scheduled_at = case when p.state = ${PushState.waiting} then excluded.scheduled_at else p.scheduled_at end,
      expires_at = case when p.state = ${PushState.waiting} then excluded.expires_at else p.expires_at end,
      again_at = case when p.state = ${PushState.sending} then excluded.due_at else p.again_at end,
      force = p.force or excluded.force, priority = excluded.priority, ttl = excluded.ttl,
      trace_parent = coalesce(excluded.trace_parent, p.trace_parent)
    returning id, app_id, sender, name, priority, state,
      (extract(epoch from due_at - now()) * 1000)::float8 as delay`
}

function toAccepted(row: AcceptedRow): AcceptedPush {
  const { id, sender, delay, state } = row
  return {
    id,
    sender,
    priority: priorityOf(row.priority),
    delay: Math.max(0, delay),
    waiting: state === PushState.waiting,
  }
}
