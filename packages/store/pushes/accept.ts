import { sql } from 'drizzle-orm'
import type { PushCommand, Pusher } from '@carillon/contract'
import { isAlive } from '../cluster/processes.ts'
import { PushState } from '../schema/push.ts'
import { pushers } from '../schema/pusher.ts'
import type { Database } from '../database.ts'
import { pusherJson } from '../pusher-json.ts'
import { type Give, statement } from '../statement.ts'
import type { ClaimedPush } from './claim.ts'
import { PRIORITY_NUMBER, priorityOf, type PushWakeUp } from './wake-up.ts'

export type NewPush = PushCommand & {
  name: string
  /** W3C; null or absent: untraced. */
  traceparent?: string | null
  /** Id of a worker that may begin to send it at once: then it is claimed for that one as it is written. */
  worker?: string
}

export interface AcceptedPush extends PushWakeUp {
  /** False while a push of that name is being sent: it goes again when its outcome is recorded. */
  waiting: boolean
  /** Claimed for its worker as it was written. */
  claimed?: ClaimedPush
}

interface AcceptedRow {
  id: string
  app: number
  sender: string
  name: string
  priority: number
  delay: number
  state: number
}

interface KnownRow extends AcceptedRow {
  /** Claimed as it was written. */
  fresh: boolean
  /** Only in the first row: the pushers of all rows that may be fresh, by the places of their pushes, from 1. */
  recipients: Record<number, Pusher> | null
}

/**
 * Writes pushes in one statement and answers them index-aligned. A name that is pending is not
 * added but takes the new schedat; the last of equal names in the batch wins.
 */
export async function acceptPushes(db: Database, pushes: NewPush[]): Promise<AcceptedPush[]> {
  if (pushes.length === 0) return []
  const { rows } = await insert(db, columnsOf(distinctInOrder(pushes)))
  const accepted = new Map(rows.map((row) => [keyOf(row), toAccepted(row)]))
  return pushes.map((push) => accepted.get(keyOf(push))!)
}

/**
 * Writes those whose pusher is in this database and has the sender, or is forced; null for the others.
 * @param leaseSeconds of those that are claimed.
 */
export async function acceptKnown(
  db: Database,
  pushes: NewPush[],
  leaseSeconds: number,
): Promise<(AcceptedPush | null)[]> {
  // Postgres stores no NUL in text, so that no pusher has such an id. It would refuse the whole statement
  const distinct = distinctInOrder(pushes.filter(({ pusher }) => !pusher.includes('\0')))
  const workers = distinct.map(({ worker }) => worker ?? null)
  const { rows } = await insertKnown(db, { ...columnsOf(distinct), workers, leaseSeconds })
  const recipients = rows[0]?.recipients ?? {}
  const written = new Map(distinct.map((push, at) => [keyOf(push), { push, recipient: recipients[at + 1] }]))
  const accepted = new Map(rows.map((row) => [keyOf(row), toAcceptedOrClaimed(row, written.get(keyOf(row))!)]))
  return pushes.map((push) => {
    const key = keyOf(push)
    // `force` of another push with this name does not apply to this one
    return push.force || !written.get(key)?.push.force ? (accepted.get(key) ?? null) : null
  })
}

/** The same key twice fails the whole statement; rows locked in different orders deadlock. */
function distinctInOrder(pushes: NewPush[]): NewPush[] {
  const distinct = new Map(pushes.map((push) => [keyOf(push), push]))
  return [...distinct.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, push]) => push)
}

function keyOf({ app, sender, name }: Pick<NewPush, 'app' | 'sender' | 'name'>): string {
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
    categories: pushes.map(({ category }) => category ?? null),
    urgent: pushes.map(({ urgent }) => urgent ?? false),
  }
}

type Columns = ReturnType<typeof columnsOf>

/** Pushes in the order of `columnsOf`. */
function given(give: Give<Columns>) {
  return sql`
    ${give('apps', 'int[]')}, ${give('senders', 'text[]')}, ${give('names', 'text[]')}, ${give('pushers', 'text[]')},
    ${give('data', 'text[]')}, ${give('forces', 'bool[]')}, ${give('priorities', 'smallint[]')}, ${give('ttls', 'int[]')},
    ${give('schedats', 'float8[]')}, ${give('traceparents', 'text[]')}, ${give('categories', 'text[]')},
    ${give('urgent', 'bool[]')}`
}

const givenNames = sql`app_id, sender, name, pusher, data, force, priority, ttl, schedat, trace_parent, category, urgent`
const columns = sql`app_id, sender, name, pusher, data, force, priority, ttl, due_at, scheduled_at, expires_at, trace_parent,
  category, urgent`
const values = sql`app_id, sender, name, pusher, data, force, priority, ttl, due_at,
  case when due_at > now() then due_at end, due_at + ttl * interval '1 second', trace_parent, category, urgent`
const dueAt = sql`greatest(now(), to_timestamp(schedat)) as due_at`

/** `do update`, not `do nothing`, which would return nothing for the rows that exist. */
const orMove = sql`
  on conflict (app_id, sender, name) do update set
    due_at = case when p.state = ${PushState.waiting} then excluded.due_at else p.due_at end,
    scheduled_at = case when p.state = ${PushState.waiting} then excluded.scheduled_at else p.scheduled_at end,
    expires_at = case when p.state = ${PushState.waiting} then excluded.expires_at else p.expires_at end,
    again_at = case when p.state = ${PushState.sending} then excluded.due_at else p.again_at end,
    force = p.force or excluded.force, priority = excluded.priority, ttl = excluded.ttl, category = excluded.category,
    urgent = excluded.urgent, trace_parent = coalesce(excluded.trace_parent, p.trace_parent)
  returning id, app_id as app, sender, name, priority, state,
    (extract(epoch from due_at - now()) * 1000)::float8 as delay`

const insert = statement<Columns, AcceptedRow>(
  'accept',
  (give) => sql`
    insert into carillon.pushes as p (${columns})
    select ${values} from (select *, ${dueAt} from unnest(${given(give)}) as given (${givenNames})) as pushed
    ${orMove}`,
)

/** A worker that this database does not know belongs to another installation that shares the Redis by mistake. */
function maySend(give: Give<{ workers: unknown }>) {
  return sql`
    worker = any(array(select id from carillon.workers where id = any(${give('workers', 'text[]')}) and ${isAlive}))
    and to_timestamp(schedat) <= now() and not exists (
      select from carillon.sender_pauses as pause where pause.app_id = given.app_id and pause.sender = given.sender)`
}

/**
 * Pushers are joined, so that they are looked up together, or read through where they are few; and so are those who
 * get what is claimed. The join has an order of its own, and rows must be locked in that of the batch. `xmax` is 0 for
 * a new row, which its first attempt holds.
 */
const insertKnown = statement<Columns & { workers: (string | null)[]; leaseSeconds: number }, KnownRow>(
  'accept_known',
  (give) => sql`
    with known as materialized (
      select given.*, ${dueAt}, coalesce(${maySend(give)}, false) as goes,
        case when given.worker is not null then ${pusherJson} end as recipient
      from unnest(${given(give)}, ${give('workers', 'text[]')}) with ordinality as given (${givenNames}, worker, place)
      join ${pushers} on ${pushers.appId} = given.app_id and ${pushers.id} = given.pusher
      where given.force or given.sender = any(${pushers.senders})
      order by place
    ), written as (
      insert into carillon.pushes as p (${columns}, state, attempt, taken_at, lease_until)
      select ${values},
        case when goes then ${PushState.sending} else ${PushState.waiting} end::smallint, case when goes then 1 else 0 end,
        case when goes then now() end, case when goes then now() + ${give('leaseSeconds')} * interval '1 second' end
      from known
      ${orMove}, state = ${PushState.sending} and xmax = 0 as fresh
    )
    select *, case when row_number() over () = 1 then (select json_object_agg(place, recipient) from known where goes) end as recipients
    from written`,
)

function toAccepted({ id, sender, priority, delay, state }: AcceptedRow): AcceptedPush {
  return {
    id,
    sender,
    priority: priorityOf(priority),
    delay: Math.max(0, delay),
    waiting: state === PushState.waiting,
  }
}

function toAcceptedOrClaimed(row: KnownRow, { push, recipient }: { push: NewPush; recipient?: Pusher }): AcceptedPush {
  const accepted = toAccepted(row)
  if (!row.fresh || !recipient) return accepted
  const { app, sender, name, pusher, data, force, traceparent = null, category } = push
  const urgent = push.urgent === true || push.priority === 'high'
  const begun = { attempt: 1, failures: 0, broadcastId: null, expired: false, cancelled: false }
  return {
    ...accepted,
    claimed: { id: row.id, app, sender, name, pusher, data, force, urgent, traceparent, category, recipient, ...begun },
  }
}
