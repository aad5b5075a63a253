import { sql } from 'drizzle-orm'
import type { Pusher } from '@carillon/contract'
import type { Database } from '../database.ts'
import { pusherJson } from '../pusher-json.ts'
import { BroadcastState } from '../schema/broadcast.ts'
import { PushState } from '../schema/push.ts'
import { pushers } from '../schema/pusher.ts'
import { type Give, statement } from '../statement.ts'

/** A push that one worker has claimed. */
export interface ClaimedPush {
  id: string
  app: number
  sender: string
  name: string
  pusher: string
  data: string
  force: boolean
  /** The fencing token: recording the outcome requires it. */
  attempt: number
  failures: number
  broadcastId: string | null
  /** Its ttl is over. */
  expired: boolean
  /** The broadcast it came out of was cancelled. */
  cancelled: boolean
  /** Quiet hours do not defer it: it was pushed as urgent, or with high priority. */
  urgent: boolean
  traceparent: string | null
  /** Null or absent: it has none. */
  category?: string | null | undefined
  /** What the attempts before handed on (`readProgress`). Null or absent: nothing. */
  progress?: string | null | undefined
  /** Null: the pusher was removed. Absent: it was not read with the claim. */
  recipient?: Pusher | null
}

/**
 * Claims what may be claimed among `ids`: what is due and waiting, or orphaned by a worker whose lease ran out,
 * and not paused. Others' rows are passed over, never waited for.
 *
 * The condition on `due_at` cannot be served by an index: the planner would read all pushes for a handful of ids.
 */
export async function claimPushes(db: Database, ids: string[], leaseSeconds: number): Promise<ClaimedPush[]> {
  const { rows } = await claim(db, { ids, leaseSeconds })
  return rows
}

/** Claims as `claimPushes` does, and reads the pushers in the same statement. */
export async function claimWithPushers(db: Database, ids: string[], leaseSeconds: number): Promise<ClaimedPush[]> {
  const { rows } = await claimAndRead(db, { ids, leaseSeconds })
  return rows
}

type ClaimValues = { ids: string[]; leaseSeconds: number }

/** A condition on `pushes as p`: a push that came out of a broadcast waits while that is paused. */
export const notOfPaused = sql`(p.broadcast_id is null or not exists (
  select from carillon.broadcasts as b where b.id = p.broadcast_id and b.state = ${BroadcastState.paused}))`

const recipient = sql`,
  (select ${pusherJson} from ${pushers} where ${pushers.appId} = p.app_id and ${pushers.id} = p.pusher) as recipient`

const claim = statement<ClaimValues, ClaimedPush>('claim', (give) => claiming(give))
const claimAndRead = statement<ClaimValues, ClaimedPush>('claim_and_read', (give) => claiming(give, recipient))

function claiming(give: Give<ClaimValues>, more = sql``) {
  return sql`
    with due as materialized (
      select id from carillon.pushes as p
      where id = any(${give('ids', 'bigint[]')})
        and (state + 0 = ${PushState.waiting} and due_at + interval '0' <= now() or state + 0 = ${PushState.sending} and lease_until < now())
        and not exists (
          select from carillon.sender_pauses as pause where pause.app_id = p.app_id and pause.sender = p.sender)
        and ${notOfPaused}
      order by id
      for update skip locked
    )
    update carillon.pushes as p
    set state = ${PushState.sending}, attempt = attempt + 1, taken_at = now(),
      lease_until = now() + ${give('leaseSeconds')} * interval '1 second'
    from due where p.id = due.id
    returning p.id, p.app_id as app, p.sender, p.name, p.pusher, p.data, p.force, p.urgent or p.priority > 0 as urgent, p.attempt, p.failures,
      p.broadcast_id as "broadcastId", p.trace_parent as traceparent, p.category, p.progress, p.expires_at < now() as expired,
      p.broadcast_id is not null and exists (
        select from carillon.broadcasts as b where b.id = p.broadcast_id and b.state = ${BroadcastState.cancelled}) as cancelled${more}`
}

/** A push and the attempt by which one worker holds it. */
export interface Held {
  id: string
  attempt: number
}

/** Extends the leases that are still held. @returns their ids. */
export async function renewPushes(db: Database, held: Held[], leaseSeconds: number): Promise<string[]> {
  const [ids, attempts] = [held.map(({ id }) => id), held.map(({ attempt }) => attempt)]
  const { rows } = await renew(db, { ids, attempts, leaseSeconds })
  return rows.map(({ id }) => id)
}

const renew = statement<ClaimValues & { attempts: number[] }, { id: string }>(
  'renew',
  (give) => sql`
    with mine as materialized (
      select p.id from carillon.pushes as p
      join unnest(${give('ids', 'bigint[]')}, ${give('attempts', 'int[]')})
        as held (id, attempt) on held.id = p.id and held.attempt = p.attempt
      where p.state + 0 = ${PushState.sending}
      order by p.id
      for update of p
    )
    update carillon.pushes as p set lease_until = now() + ${give('leaseSeconds')} * interval '1 second'
    from mine where p.id = mine.id
    returning p.id`,
)
