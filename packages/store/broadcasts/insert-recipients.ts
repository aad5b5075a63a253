import { errorCode } from '@carillon/contract'
import { type SQL, sql } from 'drizzle-orm'
import type { QueryResult } from 'pg'
import type { Database } from '../database.ts'
import { eventOf, failedTries, messageIdOf } from '../pushes/record.ts'
import { RecipientOutcome } from '../schema/broadcast.ts'
import { EventNumber } from '../schema/push-event.ts'
import { PushState } from '../schema/push.ts'
import { type Give, statement } from '../statement.ts'
import type { RecipientRecording } from './recipients.ts'

/** Those that end in later or failure get a push of their own. */
export function isMoved({ result }: RecipientRecording): boolean {
  return result.is !== 'sent' && result.is !== 'skipped'
}

/** Recipients that were written. */
interface EndedRow {
  broadcast: string
  pushers: string[]
}

/** A recipient that was written, with the push it was moved to. */
export interface MovedRow {
  broadcast: string
  pusher: string
  id: string
  sender: string
  priority: number
  /** Null when it was not moved, as are the others about its push. */
  state: number | null
  delay: number
}

/** Nobody has a push of its own: as most often, and in half the time of the other statement. */
export async function insertEnded(db: Database, recordings: RecipientRecording[]): Promise<QueryResult<EndedRow>> {
  const given = endings(recordings)
  try {
    return await ended(db, given)
  } catch (error) {
    // SQLSTATE unique_violation: to look out for it each time takes a third of the statement
    if (errorCode(error) !== '23505') throw error
    return endedAgain(db, given)
  }
}

/**
 * Some have pushes of their own from now on. Answers all that were written, with those pushes.
 * @param ttl seconds those pushes may stay unfinished.
 */
export function insertAndMove(
  db: Database,
  recordings: RecipientRecording[],
  ttl: number,
): Promise<QueryResult<MovedRow>> {
  return moved(db, {
    ...endings(recordings),
    ttl,
    states: recordings.map(({ result }) => (result.is === 'dead' ? PushState.dead : PushState.waiting)),
    delays: recordings.map(({ result }) => ('delay' in result ? result.delay : 0)),
    failures: recordings.map(({ result }) => failedTries(result)),
    reasons: recordings.map(({ result }) => ('reason' in result ? result.reason : null)),
    events: recordings.map(({ result }) => eventOf(result)),
  })
}

function endings(recordings: RecipientRecording[]) {
  const pages = recordings.map(({ page }) => page)
  return {
    pages,
    distinctPages: [...new Set(pages)],
    attempts: recordings.map(({ attempt }) => attempt),
    pushers: recordings.map(({ pusher }) => pusher),
    outcomes: recordings.map(outcomeOf),
    messageIds: recordings.map(({ result }) => messageIdOf(result)),
  }
}

type Endings = ReturnType<typeof endings>

/**
 * Locked against a removal at the same time, which would leave behind what is about a person. Who is still in a page is
 * looked at only where somebody left it, which its size does not show.
 */
const lockedPages = (give: Give<Endings>) => sql`pages as materialized (
      select id, broadcast_id, attempt, case when cardinality(pushers) <> size then pushers end as remaining
      from carillon.broadcast_pages
      where id = any(${give('distinctPages', 'bigint[]')}) order by id for key share
    )`

const joinPages = sql`join pages as page on page.id = given.page and page.attempt = given.attempt
        and (page.remaining is null or given.pusher = any(page.remaining))`

const ended = statement<Endings, EndedRow>('recipients', (give) => insert(give, sql``))

/** Some had their outcome before, from a worker that lost the page or a statement that seemed to have failed. */
const endedAgain = statement<Endings, EndedRow>('recipients_again', (give) => insert(give, sql`on conflict do nothing`))

function insert(give: Give<Endings>, onConflict: SQL): SQL {
  return sql`
    with ${lockedPages(give)}, given as (
      select page.broadcast_id, given.pusher, given.outcome, given.message_id
      from unnest(
        ${give('pages', 'bigint[]')}, ${give('attempts', 'int[]')}, ${give('pushers', 'text[]')}, ${give('outcomes', 'smallint[]')},
        ${give('messageIds', 'text[]')}
      ) as given (page, attempt, pusher, outcome, message_id)
      ${joinPages}
    ), recorded as (
      insert into carillon.broadcast_recipients (broadcast_id, pusher, outcome, message_id)
      select broadcast_id, pusher, outcome, message_id from given order by broadcast_id, pusher
      ${onConflict}
      returning broadcast_id, pusher
    )
    select broadcast_id as broadcast, json_agg(pusher) as pushers from recorded group by broadcast_id`
}

type Moving = Endings & {
  ttl: number
  states: number[]
  delays: number[]
  failures: number[]
  reasons: (string | null)[]
  events: (number | null)[]
}

const moved = statement<Moving, MovedRow>(
  'recipients_moved',
  (give) => sql`
    with ${lockedPages(give)}, given as materialized (
      select given.page, given.attempt, given.pusher, given.outcome, given.delay, given.failures, given.reason, given.message_id,
        -- What is still to come of a recipient does not outlive a cancelled broadcast
        case when b.finished_at is not null and given.state = ${PushState.waiting} then ${PushState.cancelled}::smallint else given.state end as state,
        case when b.finished_at is not null and given.state = ${PushState.waiting} then ${EventNumber.cancelled}::smallint else given.event end as event,
        b.id as broadcast_id, b.app_id, b.sender, b.name, b.data, b.trace_parent
      from unnest(
        ${give('pages', 'bigint[]')}, ${give('attempts', 'int[]')}, ${give('pushers', 'text[]')}, ${give('outcomes', 'smallint[]')},
        ${give('states', 'smallint[]')}, ${give('delays', 'float8[]')}, ${give('failures', 'int[]')}, ${give('reasons', 'text[]')},
        ${give('events', 'smallint[]')}, ${give('messageIds', 'text[]')}
      ) as given (page, attempt, pusher, outcome, state, delay, failures, reason, event, message_id)
      ${joinPages}
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
        given.failures, -1, ${give('ttl')}::int,
        -- No wait outlives the ttl
        now() + least(given.delay, ${give('ttl')}::int + 1) * interval '1 second', now() + ${give('ttl')}::int * interval '1 second',
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
    from recorded left join moved using (broadcast_id, pusher)`,
)

function outcomeOf(recording: RecipientRecording): number {
  if (isMoved(recording)) return RecipientOutcome.moved
  return recording.result.is === 'sent' ? RecipientOutcome.sent : RecipientOutcome.skipped
}
