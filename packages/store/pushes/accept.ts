import { sql } from 'drizzle-orm'
import type { PushCommand } from '@carillon/contract'
import { PushState } from '../schema/push.ts'
import type { Database } from '../database.ts'
import { statement } from '../statement.ts'
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

interface AcceptedRow {
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
  const { rows } = await insert(db, columnsOf(distinctInOrder(pushes)))
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

function columnsOf(pushes: NewPush[]) {
  return {
    apps: pushes.map(({ app }) => app),
    senders: pushes.map(({ sender }) => sender),
    names: pushes.map(({ name }) => name),
    pushers: pushes.map(({ pusher }) => pusher),
    data: pushes.map(({ data }) => data),
    forces: pushes.map(({ force }) => force),
    priorities: pushes.map(({ priority }) => PRIORITY_NUMBER[priority]),
    ttls: pushes.map(({ ttl }) => ttl),
    schedats: pushes.map(({ schedat }) => schedat),
    traceparents: pushes.map(({ traceparent }) => traceparent ?? null),
  }
}

/** `do update`, not `do nothing`, which would return nothing for the rows that exist. */
const insert = statement<ReturnType<typeof columnsOf>, AcceptedRow>(
  'accept',
  (give) => sql`
    insert into carillon.pushes as p (app_id, sender, name, pusher, data, force, priority, ttl, due_at, scheduled_at, expires_at, trace_parent)
    select app_id, sender, name, pusher, data, force, priority, ttl, due_at,
      case when due_at > now() then due_at end, due_at + ttl * interval '1 second', trace_parent
    from (
      select *, greatest(now(), to_timestamp(schedat)) as due_at
      from unnest(
        ${give('apps', 'int[]')}, ${give('senders', 'text[]')}, ${give('names', 'text[]')}, ${give('pushers', 'text[]')},
        ${give('data', 'text[]')}, ${give('forces', 'bool[]')}, ${give('priorities', 'smallint[]')}, ${give('ttls', 'int[]')},
        ${give('schedats', 'float8[]')}, ${give('traceparents', 'text[]')}
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
      (extract(epoch from due_at - now()) * 1000)::float8 as delay`,
)

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
