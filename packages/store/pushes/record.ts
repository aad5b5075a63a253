import type { AddressResult } from '@carillon/contract'
import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import type { Held } from './claim.ts'
import { priorityOf, type PushWakeUp } from './wake-up.ts'
import { BroadcastState } from '../schema/broadcast.ts'
import { EventNumber, PushState } from '../schema/push.ts'
import { statement } from '../statement.ts'
import { intoHistory, kept } from './finish.ts'
import { progressText, type StoredProgress } from './progress.ts'

/** The result of one attempt. Delays are seconds. */
export type AttemptResult =
  /** `messageId`: the provider's. `failed`: its last attempt failed, but one before it had sent enough. */
  | ({ is: 'sent'; messageId?: string; failed?: boolean } & AtAddresses)
  /** `uncounted`: nothing was sent to the provider, so that the attempt does not count toward the rate. */
  | ({
      is: 'later'
      delay: number
      reason: string | null
      progress?: StoredProgress
      uncounted?: boolean
    } & AtAddresses)
  | ({ is: 'failed'; delay: number; reason: string; progress?: StoredProgress } & AtAddresses)
  /** `failed`: its last attempt failed. `noAddress`: the pusher lacks what the sender needs. */
  | ({ is: 'dead'; reason: string; failed?: boolean; noAddress?: boolean } & AtAddresses)
  /** Not sent, because its pusher has quiet hours. */
  | { is: 'deferred'; delay: number; reason: string }
  /** The pusher does not want it. */
  | ({ is: 'skipped'; reason: string } & AtAddresses)
  /** Not sent, because the worker stops: due at once. */
  | { is: 'returned' }

/** What the attempt did at each address, for the history. */
interface AtAddresses {
  addresses?: readonly AddressResult[]
}

export type Recording = Held & { result: AttemptResult }

export interface RecordedPushes {
  /** Rows that wait again, among them those that were pushed anew meanwhile. */
  wakeUps: PushWakeUp[]
  /** Broadcasts of which a push ended. */
  broadcasts: string[]
  /** Ids of the pushes that were held; the others were claimed by another worker. */
  held: Set<string>
}

/** Records outcomes, each only if its push is still held by the same attempt. */
export async function recordPushes(db: Database, recordings: Recording[]): Promise<RecordedPushes> {
  const sent = await recordSent(db, recordings.flatMap(sentPush))
  const ended = new Set(sent.map(({ id }) => id))
  const rest = await recordWhole(
    db,
    recordings.filter(({ id }) => !ended.has(id)),
  )
  const broadcasts = sent.flatMap(({ broadcastId }) => broadcastId ?? [])
  return {
    wakeUps: rest.wakeUps,
    broadcasts: [...new Set([...broadcasts, ...rest.broadcasts])],
    held: new Set([...ended, ...rest.held]),
  }
}

function sentPush({ id, attempt, result }: Recording): SentPush[] {
  if (result.is !== 'sent' || result.addresses || result.failed) return []
  return [{ id, attempt, messageId: messageIdOf(result) }]
}

interface SentRow {
  id: string
  /** The broadcast it came out of. */
  broadcastId: string | null
}

interface SentPush extends Held {
  /** The provider's. */
  messageId: string | null
}

/**
 * Records what was sent and nothing more: most pushes end so, and this is half the work of the other statement. It leaves
 * alone what another worker holds by now, and what was pushed anew meanwhile.
 * @returns what it recorded.
 */
async function recordSent(db: Database, sent: SentPush[]): Promise<SentRow[]> {
  if (sent.length === 0) return []
  const { rows } = await updateSent(db, {
    ids: sent.map(({ id }) => id),
    attempts: sent.map(({ attempt }) => attempt),
    messageIds: sent.map(({ messageId }) => messageId),
  })
  return rows
}

type SentColumns = { ids: string[]; attempts: number[]; messageIds: (string | null)[] }

const updateSent = statement<SentColumns, SentRow>(
  'record_sent',
  (give) => sql`
    with mine as materialized (
      select p.id, case when p.pusher <> '' then given.message_id end as message_id
      from carillon.pushes as p
      join unnest(${give('ids', 'bigint[]')}, ${give('attempts', 'int[]')}, ${give('messageIds', 'text[]')})
        as given (id, attempt, message_id) on given.id = p.id and given.attempt = p.attempt
      where p.state + 0 = ${PushState.sending} and p.again_at is null
      order by p.id
      for update of p
    ), ended as (
      delete from carillon.pushes as p using mine where p.id = mine.id
      returning ${kept}, p.due_at, p.failures, ${PushState.sent}::smallint as state, null as reason, mine.message_id
    )
    ${intoHistory(sql`ended`)}
    returning id, broadcast_id as "broadcastId"`,
)

interface RecordedRow {
  id: string
  sender: string
  priority: number
  /** False: it ended. */
  waiting: boolean
  delay: number
  broadcast_id: string | null
}

async function recordWhole(db: Database, recordings: Recording[]) {
  if (recordings.length === 0) return { wakeUps: [], broadcasts: [], held: [] }
  const { rows } = await updateOutcomes(db, columnsOf(recordings))
  return {
    wakeUps: rows.filter(({ waiting }) => waiting).map(toWakeUp),
    broadcasts: rows.flatMap((row) => row.broadcast_id ?? []),
    held: rows.map(({ id }) => id),
  }
}

function columnsOf(recordings: Recording[]) {
  return {
    ids: recordings.map(({ id }) => id),
    attempts: recordings.map(({ attempt }) => attempt),
    states: recordings.map(({ result }) => stateAfter(result)),
    delays: recordings.map(({ result }) => delayOf(result)),
    failed: recordings.map(({ result }) => failedTries(result)),
    reasons: recordings.map(({ result }) => reasonOf(result)),
    messageIds: recordings.map(({ result }) => messageIdOf(result)),
    events: recordings.map(({ result }) => eventOf(result)),
    progresses: recordings.map(({ result }) => progressOf(result)),
    addresses: recordings.map(({ result }) => addressesOf(result)),
  }
}

/** Pushes that are still pending do not outlive a cancelled broadcast. */
const ofCancelled = sql`p.broadcast_id is not null and exists (
  select from carillon.broadcasts as b where b.id = p.broadcast_id and b.state = ${BroadcastState.cancelled})`

/** Quiet hours may last longer than the ttl, which counts from their end. */
const isDeferred = sql`p.again_at is null and outcome.event = ${EventNumber.deferred}`
const nextAttempt = sql`now() + outcome.delay * interval '1 second'`

/** Until a push is due. */
const milliseconds = sql`(extract(epoch from due_at - now()) * 1000)::float8`

/**
 * A push of the same name that came while this one was being sent is a message of its own: it gets
 * a new row, since providers drop an id they have seen. Where this one still waits it is the same message, which takes
 * the time and the ttl of the newer call. No other wait outlives the ttl, so that
 * a push which is over is noticed when it is claimed, except that of a deferred push, whose ttl begins anew. What attempts handed on stays until an attempt hands on something
 * else, and is dropped when the name was pushed anew. Of a pusher that was forgotten meanwhile nothing
 * is written that may be about a person.
 */
const updateOutcomes = statement<ReturnType<typeof columnsOf>, RecordedRow>(
  'record',
  (give) => sql`
    with outcome as materialized (
      select p.id, given.delay, given.failed,
        case when given.state = ${PushState.waiting} and ${ofCancelled} then ${PushState.cancelled}::smallint else given.state end as state,
        case when given.state = ${PushState.waiting} and ${ofCancelled} then ${EventNumber.cancelled}::smallint else given.event end as event,
        case when p.pusher <> '' then given.reason end as reason,
        case when p.pusher <> '' then given.message_id end as message_id,
        case when p.pusher <> '' and p.again_at is null then coalesce(given.progress, p.progress) end as progress,
        case when p.pusher <> '' then given.addresses::jsonb end as addresses
      from carillon.pushes as p
      join unnest(
        ${give('ids', 'bigint[]')}, ${give('attempts', 'int[]')}, ${give('states', 'smallint[]')}, ${give('delays', 'float8[]')},
        ${give('failed', 'int[]')}, ${give('reasons', 'text[]')}, ${give('messageIds', 'text[]')}, ${give('events', 'smallint[]')},
        ${give('progresses', 'text[]')}, ${give('addresses', 'text[]')}
      ) as given (id, attempt, state, delay, failed, reason, message_id, event, progress, addresses) on given.id = p.id and given.attempt = p.attempt
      where p.state + 0 = ${PushState.sending}
      order by p.id
      for update of p
    ), put_off as (
      update carillon.pushes as p set
        state = outcome.state,
        lease_until = null,
        failures = p.failures + outcome.failed,
        reason = outcome.reason,
        progress = outcome.progress,
        due_at = coalesce(p.again_at, case when ${isDeferred} then ${nextAttempt}
          else least(${nextAttempt}, p.expires_at + interval '1 second') end),
        deferred_until = case when ${isDeferred} then ${nextAttempt} end,
        scheduled_at = case when p.again_at > now() then p.again_at else p.scheduled_at end,
        expires_at = case when p.again_at is not null then p.again_at + p.ttl * interval '1 second'
          when ${isDeferred} then ${nextAttempt} + p.ttl * interval '1 second' else p.expires_at end,
        again_at = null
      from outcome where p.id = outcome.id and outcome.state = ${PushState.waiting}
      returning p.id, p.attempt, p.sender, p.priority, p.due_at
    ), ended as (
      delete from carillon.pushes as p using outcome where p.id = outcome.id and outcome.state <> ${PushState.waiting}
      returning ${kept}, p.due_at, p.failures + outcome.failed as failures, outcome.state, outcome.reason, outcome.message_id, p.again_at
    ), history as (
      ${intoHistory(sql`ended`)}
    ), events as (
      insert into carillon.push_events (push_id, event, attempt, reason, due_at, addresses)
      select id, outcome.event, recorded.attempt, outcome.reason, recorded.due_at, outcome.addresses
      from (select id, attempt, due_at from put_off union all select id, attempt, null from ended) as recorded
      join outcome using (id)
      where outcome.event is not null
      order by id
    ), again as (
      insert into carillon.pushes
        (app_id, sender, name, pusher, data, force, priority, ttl, due_at, scheduled_at, expires_at, trace_parent, category, urgent)
      select app_id, sender, name, pusher, data, force, priority, ttl, again_at,
        case when again_at > now() then again_at end, again_at + ttl * interval '1 second', trace_parent, category, urgent
      from ended where again_at is not null
      returning id, sender, priority, due_at
    )
    select id, sender, priority, true as waiting, ${milliseconds} as delay, null as broadcast_id
    from (select id, sender, priority, due_at from put_off union all select id, sender, priority, due_at from again) as waits
    union all
    select id, sender, priority, false, 0, broadcast_id from ended`,
)

function stateAfter(result: AttemptResult): number {
  if (result.is === 'sent') return PushState.sent
  return result.is === 'dead' || result.is === 'skipped' ? PushState[result.is] : PushState.waiting
}

function delayOf(result: AttemptResult): number {
  return 'delay' in result ? result.delay : 0
}

function reasonOf(result: AttemptResult): string | null {
  return 'reason' in result ? result.reason : null
}

export function messageIdOf(result: AttemptResult | { is: 'skipped' }): string | null {
  return result.is === 'sent' ? (result.messageId ?? null) : null
}

/** How many failures this attempt adds. */
export function failedTries(result: AttemptResult | { is: 'skipped' }): 0 | 1 {
  return result.is === 'failed' || ('failed' in result && result.failed) ? 1 : 0
}

/** Null where the row itself holds what happened. */
export function eventOf(result: AttemptResult | { is: 'skipped' }): number | null {
  if (result.is === 'sent') return result.addresses ? EventNumber.sent : null
  return result.is === 'returned' ? null : EventNumber[result.is]
}

/** Text for the column; null leaves the row as it is. */
export function progressOf(result: AttemptResult | { is: 'skipped' }): string | null {
  return 'progress' in result && result.progress ? progressText(result.progress) : null
}

/** JSON. */
export function addressesOf(result: AttemptResult | ({ is: 'skipped' } & AtAddresses)): string | null {
  return 'addresses' in result && result.addresses ? JSON.stringify(result.addresses) : null
}

function toWakeUp(row: RecordedRow): PushWakeUp {
  return { id: row.id, sender: row.sender, priority: priorityOf(row.priority), delay: Math.max(0, row.delay) }
}
