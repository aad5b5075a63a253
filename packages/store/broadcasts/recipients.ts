import { sql } from 'drizzle-orm'
import { recipientId } from '@carillon/contract'
import { eventOf, messageIdOf, type PushResult } from '../pushes/record.ts'
import { type PushWake, priorityOf } from '../pushes/wake.ts'
import { RecipientOutcome } from '../schema/broadcast.ts'
import { EventNumber } from '../schema/push-event.ts'
import { PushState } from '../schema/push.ts'
import type { Database } from '../database.ts'

/** What became of one recipient of a page. */
export interface RecipientRecording {
  broadcast: string
  page: string
  /** The page's fencing token. */
  attempt: number
  pusher: string
  result: PushResult | { is: 'skipped' }
}

export interface RecordedRecipients {
  /** The moved pushes that wait. */
  wakes: PushWake[]
  /** Ids of the recipients that were written; the others are another worker's, were forgotten, or had their outcome before. */
  held: Set<string>
}

/** A recipient, with the push it was moved to. */
interface RecordedRow extends Record<string, unknown> {
  broadcast: string
  pusher: string
  id: string
  sender: string
  priority: number
  /** Null when it was not moved, as are the others about its push. */
  state: number | null
  delay: number
}

/**
 * Writes one row per recipient, and an ordinary push for those that end in later or failure: only
 * those need a row of their own. A recipient that has a row already keeps it; of one that is in the page no
 * longer, because the pusher was removed, nothing is written.
 * @param ttl seconds the moved pushes may stay unfinished.
 */
export async function recordRecipients(
  db: Database,
  recordings: RecipientRecording[],
  ttl: number,
): Promise<RecordedRecipients> {
  const { rows } = await db.execute<RecordedRow>(insert(sorted(recordings), ttl))
  return {
    wakes: rows.filter((row) => row.state === PushState.waiting).map(toWake),
    held: new Set(rows.map(({ broadcast, pusher }) => recipientId(broadcast, pusher))),
  }
}

function toWake({ id, sender, priority, delay }: RecordedRow): PushWake {
  return { id, sender, priority: priorityOf(priority), delay: Math.max(0, delay) }
}

function sorted(recordings: RecipientRecording[]): RecipientRecording[] {
  return recordings.toSorted((a, b) => (a.broadcast + a.pusher < b.broadcast + b.pusher ? -1 : 1))
}

function insert(recordings: RecipientRecording[], ttl: number) {
  const column = <T>(read: (recording: RecipientRecording) => T) => sql.param(recordings.map(read))
  return sql`
    with pages as materialized (
      -- Locked against a removal at the same time, which would leave behind what is about a person
      select id, broadcast_id, attempt, pushers from carillon.broadcast_pages
      where id = any(${sql.param([...new Set(recordings.map(({ page }) => page))])}::bigint[])
      order by id for key share
    ), given as materialized (
      select given.page, given.attempt, given.pusher, given.outcome, given.delay, given.failures, given.reason, given.message_id,
        -- What is still to come of a recipient does not outlive a cancelled broadcast
        case when b.finished_at is not null and given.state = ${PushState.waiting} then ${PushState.cancelled}::smallint else given.state end as state,
        case when b.finished_at is not null and given.state = ${PushState.waiting} then ${EventNumber.cancelled}::smallint else given.event end as event,
        b.id as broadcast_id, b.app_id, b.sender, b.name, b.data, b.trace_parent
      from unnest(
        ${column(({ page }) => page)}::bigint[], ${column(({ attempt }) => attempt)}::int[], ${column(({ pusher }) => pusher)}::text[],
        ${column(({ result }) => outcomeOf(result))}::smallint[], ${column(({ result }) => (result.is === 'dead' ? PushState.dead : PushState.waiting))}::smallint[],
        ${column(({ result }) => ('delay' in result ? result.delay : 0))}::float8[],
        ${column(({ result }) => (result.is === 'failed' ? 1 : 0))}::int[],
        ${column(({ result }) => ('reason' in result ? result.reason : null))}::text[],
        ${column(({ result }) => eventOf(result))}::smallint[], ${column(({ result }) => messageIdOf(result))}::text[]
      ) as given (page, attempt, pusher, outcome, state, delay, failures, reason, event, message_id)
      join (select id, broadcast_id, attempt, unnest(pushers) as pusher from pages) as page
        on page.id = given.page and page.attempt = given.attempt and page.pusher = given.pusher
      join carillon.broadcasts as b on b.id = page.broadcast_id
    ), recorded as (
      insert into carillon.broadcast_recipients (broadcast_id, pusher, outcome, message_id)
      select broadcast_id, pusher, outcome, message_id from given order by broadcast_id, pusher
      on conflict do nothing
      returning broadcast_id, pusher, outcome
    ), moved as (
      insert into carillon.pushes
        (app_id, sender, name, pusher, data, broadcast_id, state, attempt, failures, priority, ttl, due_at, expires_at, finished_at, reason, trace_parent)
      select given.app_id, given.sender,
        -- Its own, also beside what is still being sent of a cancelled broadcast of that name; no push's name ends like this
        given.name || '_' || pusher || '_' || broadcast_id, pusher, given.data, broadcast_id, given.state, 1,
        given.failures, -1, ${ttl}::int, now() + given.delay * interval '1 second', now() + ${ttl}::int * interval '1 second',
        case when given.state <> ${PushState.waiting} then now() end, given.reason, given.trace_parent
      from recorded join given using (broadcast_id, pusher)
      where recorded.outcome = ${RecipientOutcome.moved}
      order by given.sender, given.name, pusher
      returning *
    ), events as (
      insert into carillon.push_events (push_id, event, attempt, reason, due_at)
      select moved.id, given.event, 1, given.reason, case when moved.finished_at is null then moved.due_at end
      from moved join given using (broadcast_id, pusher)
    )
    select recorded.broadcast_id as broadcast, recorded.pusher, moved.id, moved.sender, moved.priority, moved.state,
      (extract(epoch from moved.due_at - now()) * 1000)::float8 as delay
    from recorded left join moved using (broadcast_id, pusher)`
}

function outcomeOf(result: RecipientRecording['result']): number {
  if (result.is === 'sent') return RecipientOutcome.sent
  return result.is === 'skipped' ? RecipientOutcome.skipped : RecipientOutcome.moved
}
