import { type SQL, sql } from 'drizzle-orm'
import { type PushFilter, type PushQuery, type PushRecord, type PushStateName, pushStates } from '@carillon/contract'
import { isAlive } from '../cluster/processes.ts'
import type { Database } from '../database.ts'
import { notOfPaused } from '../pushes/claim.ts'
import { PushState } from '../schema/push.ts'
import { named } from '../statement.ts'
import { ID_DELAY_S, type IdRange, idsAcceptedIn } from './id-at.ts'

const DEFAULT_SIZE = 10

const common = sql`id, app_id, sender, name, pusher, broadcast_id, state, attempt, failures, due_at, taken_at, scheduled_at,
  accepted_at, reason, category`
const unfinished = sql`select ${common}, null as message_id, null::timestamptz as finished_at from carillon.pushes`
const finished = sql`select ${common}, message_id, finished_at from carillon.finished_pushes`

/** Every push, as `p`: one is either in `pushes` or in the history. */
export const allPushes = sql`(${unfinished} union all ${finished}) as p`

/** Most pages are of pushes that ended within a day. */
const RECENT_S = 86_400

/**
 * Newest first. Each filter has an index of its own in both tables: pusher, sender, broadcast, and the dead.
 *
 * A page is in order of ids, and every partition of the history may contribute to it. For that many Postgres takes 2 ms to
 * make a plan. Pages of a pusher have plans that are kept, because they fit all pushers. Other pages depend on the values, and
 * are looked for in the partitions of the last day at first.
 */
export async function listPushes(db: Database, app: number, query: PushQuery, among?: number): Promise<PushRecord[]> {
  const ids = await idsAcceptedIn(db, query)
  if (query.pusher !== undefined)
    return (await named<PushRow>(db, 'page', page(app, query, { ids }))).rows.map(toRecord)
  const read = async (endedSince?: number) =>
    (await db.execute<PushRow>(page(app, query, { ids, endedSince, among }))).rows.map(toRecord)
  if (query.since !== undefined) return read(query.since) // nothing ends before it is accepted
  const since = Date.now() / 1000 - RECENT_S
  const recent = isFromHistory(query) ? await read(since) : []
  return isWhole(recent, query, since) ? recent : read()
}

function isFromHistory({ state, broadcast }: PushQuery): boolean {
  return state !== 'waiting' && state !== 'sending' && broadcast === undefined
}

/** What ended before `since` was accepted before it, and has a lower id than what was accepted later. */
function isWhole(recent: PushRecord[], { size = DEFAULT_SIZE }: PushQuery, since: number): boolean {
  return recent.length === size && recent.every(({ acceptedAt }) => acceptedAt > since + ID_DELAY_S)
}

interface PageBounds {
  ids: IdRange
  /** Unix seconds: leaves out what ended before. */
  endedSince?: number | undefined
  /** Pushes among which a state, a reason and a category are looked for. */
  among?: number | undefined
}

function page(app: number, query: PushQuery, { ids, endedSince, among }: PageBounds): SQL {
  const { state, after, since, until, reason: why, category, size = DEFAULT_SIZE, ...filter } = query
  const those = sql`${matching(app, filter)} ${olderThan(after)} ${acceptedIn({ since, until }, ids)} ${notEndedBefore(endedSince)}`
  const particular = sql`
    ${state === undefined ? sql`` : sql`and ${inState(state)}`} ${why === undefined ? sql`` : hasReason(why)}
    ${category === undefined ? sql`` : sql`and p.category = ${category}`}`
  const isUnindexed = why !== undefined || category !== undefined
  const bound = isUnindexed ? (among ?? LOOKED_AT) : state === undefined ? undefined : among
  const from = bound === undefined ? pushesIn(state) : newestOf(pushesIn(state), sql`${those} ${indexed(state)}`, bound)
  return sql`
    select ${recordColumns} from ${from} where ${those} ${particular} order by p.id desc limit ${size}`
}

/** With a `*` at its end it stands for all reasons that begin so. */
function hasReason(why: string): SQL {
  return why.endsWith('*') ? sql`and starts_with(p.reason, ${why.slice(0, -1)})` : sql`and p.reason = ${why}`
}

/** Pushes among which those of a reason or a category are looked for by default. No index has these. */
const LOOKED_AT = 10_000

function newestOf(those: SQL, condition: SQL, most: number): SQL {
  return sql`(select p.* from ${those} where ${condition} order by p.id desc limit ${most}) as p`
}

/** The dead have an index of their own. */
function indexed(state: PushStateName | undefined): SQL {
  return state === 'dead' ? sql`and ${inState(state)}` : sql``
}

export interface PushRow extends Omit<PushRecord, 'state'>, Record<string, unknown> {
  state: number
  scheduledAt: number | null
  takenAt: number | null
}

const isPaused = sql`exists (
  select from carillon.sender_pauses as pause where pause.app_id = p.app_id and pause.sender = p.sender)`
const hasWorker = sql`exists (select from carillon.workers where p.sender = any(senders) and ${isAlive})`

/** Why a push waits until an operator acts. */
export const heldReasons = {
  broadcastPaused: 'its broadcast is paused',
  senderPaused: 'its sender is paused',
  noWorker: 'no worker runs its sender',
} as const

/**
 * Why a push `p` waits, or why it is dead or was skipped. The row keeps the reason of its last attempt. Everything else depends on the
 * moment: whether it is due, whether it or its sender is paused, and who runs its sender.
 */
export const reason = sql`
  case when p.state + 0 <> ${PushState.waiting} then p.reason
  when p.due_at > now() then
    case when p.due_at = p.scheduled_at then 'it is scheduled for later'
    else coalesce(p.reason, 'its sender asked to be called again later') end
  when not ${notOfPaused} then ${literal(heldReasons.broadcastPaused)}
  when ${isPaused} then ${literal(heldReasons.senderPaused)}
  when not ${hasWorker} then ${literal(heldReasons.noWorker)}
  else 'it waits for its turn: the workers of its sender are busy, or its rate is used up' end`

function literal(words: (typeof heldReasons)[keyof typeof heldReasons]): SQL {
  return sql.raw(`'${words}'`)
}

/** Not joined, so that a page is read in the order of its index, however few rows the planner expects. */
const broadcastName = sql`(select b.name from carillon.broadcasts as b where b.id = p.broadcast_id)`

/** The columns of a push `p`. */
export const recordColumns = sql`
  p.id, p.name, p.sender, p.pusher, ${broadcastName} as broadcast, p.category, p.state, p.attempt, p.failures, ${reason} as reason,
  p.message_id as "messageId", ${seconds(sql`p.accepted_at`)} as "acceptedAt", ${seconds(sql`p.due_at`)} as "dueAt",
  ${seconds(sql`p.finished_at`)} as "finishedAt", ${seconds(sql`p.scheduled_at`)} as "scheduledAt",
  ${seconds(sql`p.taken_at`)} as "takenAt"`

/** Unix seconds, to the millisecond. */
export function seconds(time: SQL): SQL {
  return sql`round(extract(epoch from ${time}), 3)::float8`
}

/** `pushStates` has the names in the order of the numbers in `PushState`. */
export function toRecord({ scheduledAt: _scheduled, takenAt: _taken, ...row }: PushRow): PushRecord {
  return { ...row, state: pushStates[row.state]! }
}

/** The condition on `p`, for use behind others. */
export function matching(app: number, { sender, pusher, broadcast, reason: why }: PushFilter): SQL {
  return sql`p.app_id = ${app}
    ${sender === undefined ? sql`` : sql`and p.sender = ${sender}`}
    ${pusher === undefined ? sql`` : sql`and p.pusher = ${pusher}`}
    ${broadcast === undefined ? sql`` : sql`and p.broadcast_id = any(${broadcastsNamed(app, broadcast)})`}
    ${why === undefined ? sql`` : sql`and p.reason = ${why}`}`
}

function acceptedIn({ since, until }: Pick<PushQuery, 'since' | 'until'>, { from, to }: IdRange): SQL {
  const first = since === undefined ? sql`` : sql`and p.id >= ${from} and p.accepted_at >= ${timeOf(since)}`
  const last = until === undefined ? sql`` : sql`and p.id < ${to} and p.accepted_at < ${timeOf(until)}`
  return sql`${first} ${last}`
}

function timeOf(moment: number): string {
  return new Date(moment * 1000).toISOString()
}

function pushesIn(state: PushStateName | undefined): SQL {
  if (state === undefined) return allPushes
  return sql`(${state === 'waiting' || state === 'sending' ? unfinished : finished}) as p`
}

/** By a value, and not an expression, so that the planner leaves out older partitions. */
function notEndedBefore(since: number | undefined): SQL {
  if (since === undefined) return sql``
  return sql`and (p.finished_at is null or p.finished_at >= ${timeOf(since)})`
}

/** The number is part of the text, so that the planner sees that the index of the dead serves. */
function inState(state: PushStateName): SQL {
  const number = sql.raw(String(PushState[state]))
  return sql`p.state = ${number} ${state === 'dead' ? sql`and p.reason is not null` : sql``}`
}

/** Finished, dead, and not erased since. */
export const isDead = inState('dead')

export function olderThan(id: string | undefined): SQL {
  return id === undefined ? sql`` : sql`and p.id < ${id}`
}

/** A name comes again once a broadcast is done. */
function broadcastsNamed(app: number, name: string): SQL {
  return sql`array(select id from carillon.broadcasts where app_id = ${app} and name = ${name})`
}
