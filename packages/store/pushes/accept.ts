import { sql } from 'drizzle-orm'
import type { Pusher, PushCommand } from '@carillon/contract'
import { PushState } from '../schema/push.ts'
import { pushers } from '../schema/pusher.ts'
import type { Database } from '../database.ts'
import { pusherJson } from '../pusher-json.ts'
import { type Give, statement } from '../statement.ts'
import type { TakenWithPusher } from './take.ts'
import { PRIORITY_NUMBER, type PushWake, priorityOf } from './wake.ts'

export type NewPush = PushCommand & {
  name: string
  /** W3C; null or absent: untraced. */
  traceparent?: string | null
}

export interface AcceptedPush extends PushWake {
  /** False while a push of that name is being sent: it goes again when its outcome is recorded. */
  waiting: boolean
  /** Taken as it was written, for a worker whose hands are free. */
  taken?: TakenWithPusher
}

/** Of which senders pushes that are due are taken as they are written. */
export interface Taking {
  senders: ReadonlySet<string>
  leaseSeconds: number
}

interface AcceptedRow {
  id: string
  app: number
  sender: string
  name: string
  priority: number
  delay: number
  state: number
  recipient?: Pusher | null
}

/**
 * Writes pushes in one statement and answers them index-aligned. A name that is pending is not
 * added but takes the new schedat; the last of equal names in the batch wins.
 */
export async function acceptPushes(db: Database, pushes: NewPush[]): Promise<AcceptedPush[]> {
  if (pushes.length === 0) return []
  const accepted = byKey((await insert(db, columnsOf(distinctInOrder(pushes)))).rows)
  return pushes.map((push) => accepted.get(keyOf(push))!)
}

/** Writes those whose pusher is in this database and has the sender, or is forced; null stands for the others. */
export async function acceptKnown(
  db: Database,
  pushes: NewPush[],
  taking: Taking | null,
): Promise<(AcceptedPush | null)[]> {
  // Postgres keeps no NUL in a text, so that nobody has such an id; it would refuse the whole statement
  const distinct = distinctInOrder(pushes.filter(({ pusher }) => !pusher.includes('\0')))
  const written = new Map(distinct.map((push) => [keyOf(push), push]))
  const accepted = byKey(await insertAll(db, distinct, taking), written)
  return pushes.map((push) => {
    const key = keyOf(push)
    // That another of its name was forced says nothing of this one
    return push.force || !written.get(key)?.force ? (accepted.get(key) ?? null) : null
  })
}

async function insertAll(db: Database, pushes: NewPush[], taking: Taking | null): Promise<AcceptedRow[]> {
  const columns = columnsOf(pushes)
  if (!taking) return (await insertKnown(db, columns)).rows
  const { senders, leaseSeconds } = taking
  const handed = pushes.map(({ sender, priority }) => senders.has(sender) && priority !== 'low')
  return (await insertAndTake(db, { ...columns, handed, leaseSeconds })).rows
}

/** The same key twice fails the whole statement; rows locked in different orders deadlock. */
function distinctInOrder(pushes: NewPush[]): NewPush[] {
  const distinct = new Map(pushes.map((push) => [keyOf(push), push]))
  return [...distinct.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, push]) => push)
}

function byKey(rows: AcceptedRow[], written?: Map<string, NewPush>): Map<string, AcceptedPush> {
  return new Map(rows.map((row) => [keyOf(row), toAccepted(row, written?.get(keyOf(row)))]))
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
  }
}

type Columns = ReturnType<typeof columnsOf>

const mayReceive = sql`
  where (
    select given.force or given.sender = any(pusher.senders) from carillon.pushers as pusher
    where pusher.app_id = given.app_id and pusher.id = given.pusher)`

/** Nobody had it before, and it may go: whoever asked holds it by its first attempt. */
const taken = sql`p.state = ${PushState.sending} and p.xmax = 0`
const recipient = sql`,
  case when ${taken} then (
    select ${pusherJson} from ${pushers} where ${pushers.appId} = p.app_id and ${pushers.id} = p.pusher) end as recipient`

const none = { which: sql``, columns: sql``, values: sql``, given: sql``, names: sql``, goes: sql``, returning: sql`` }

type TakingColumns = Columns & { handed: boolean[]; leaseSeconds: number }

const insert = statement<Columns, AcceptedRow>('accept', (give) => inserting(give))
const insertKnown = statement<Columns, AcceptedRow>('accept_known', (give) => inserting(give, { which: mayReceive }))
const insertAndTake = statement<TakingColumns, AcceptedRow>('accept_and_take', (give) =>
  inserting(give, {
    which: mayReceive,
    columns: sql`, state, attempt, taken_at, lease_until`,
    values: sql`, case when goes then ${PushState.sending} else ${PushState.waiting} end::smallint, case when goes then 1 else 0 end,
      case when goes then now() end, case when goes then now() + ${give('leaseSeconds')} * interval '1 second' end`,
    given: sql`, ${give('handed', 'bool[]')}`,
    names: sql`, handed`,
    goes: sql`, handed and to_timestamp(schedat) <= now() and not exists (
        select from carillon.sender_pauses as pause where pause.app_id = given.app_id and pause.sender = given.sender) as goes`,
    returning: recipient,
  }),
)

/** `do update`, not `do nothing`, which would return nothing for the rows that exist. */
function inserting(give: Give<Columns>, more: Partial<typeof none> = {}) {
  const { which, columns, values, given, names, goes, returning } = { ...none, ...more }
  return sql`
    insert into carillon.pushes as p (app_id, sender, name, pusher, data, force, priority, ttl, due_at, scheduled_at, expires_at, trace_parent${columns})
    select app_id, sender, name, pusher, data, force, priority, ttl, due_at,
      case when due_at > now() then due_at end, due_at + ttl * interval '1 second', trace_parent${values}
    from (
      select *, greatest(now(), to_timestamp(schedat)) as due_at${goes}
      from unnest(
        ${give('apps', 'int[]')}, ${give('senders', 'text[]')}, ${give('names', 'text[]')}, ${give('pushers', 'text[]')},
        ${give('data', 'text[]')}, ${give('forces', 'bool[]')}, ${give('priorities', 'smallint[]')}, ${give('ttls', 'int[]')},
        ${give('schedats', 'float8[]')}, ${give('traceparents', 'text[]')}${given}
      ) as given (app_id, sender, name, pusher, data, force, priority, ttl, schedat, trace_parent${names})${which}
    ) as pushed
    on conflict (app_id, sender, name) where finished_at is null do update set
      due_at = case when p.state = ${PushState.waiting} then excluded.due_at else p.due_at end,
      scheduled_at = case when p.state = ${PushState.waiting} then excluded.scheduled_at else p.scheduled_at end,
      expires_at = case when p.state = ${PushState.waiting} then excluded.expires_at else p.expires_at end,
      again_at = case when p.state = ${PushState.sending} then excluded.due_at else p.again_at end,
      force = p.force or excluded.force, priority = excluded.priority, ttl = excluded.ttl,
      trace_parent = coalesce(excluded.trace_parent, p.trace_parent)
    returning id, app_id as app, sender, name, priority, state,
      (extract(epoch from due_at - now()) * 1000)::float8 as delay${returning}`
}

function toAccepted(row: AcceptedRow, push: NewPush | undefined): AcceptedPush {
  const { id, app, sender, name, delay, state, recipient: to } = row
  const accepted = {
    id,
    sender,
    priority: priorityOf(row.priority),
    delay: Math.max(0, delay),
    waiting: state === PushState.waiting,
  }
  if (!to || !push) return accepted
  const { pusher, data, force, traceparent = null } = push
  const fresh = { attempt: 1, failures: 0, broadcastId: null, expired: false, cancelled: false }
  return { ...accepted, taken: { id, app, sender, name, pusher, data, force, traceparent, recipient: to, ...fresh } }
}
