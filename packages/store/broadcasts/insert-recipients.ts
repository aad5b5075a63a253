import { type SQL, sql } from 'drizzle-orm'
import { eventOf, messageIdOf } from '../pushes/record.ts'
import { RecipientOutcome } from '../schema/broadcast.ts'
import { EventNumber } from '../schema/push-event.ts'
import { PushState } from '../schema/push.ts'
import type { RecipientRecording } from './recipients.ts'

/** Those that end in later or failure get a push of their own. */
export function isMoved({ result }: RecipientRecording): boolean {
  return result.is !== 'sent' && result.is !== 'skipped'
}

/**
 * Nobody has a push of its own: as most often, and in half the time that Postgres needs to plan and run the other
 * statement. Answers those that were written.
 */
export function insertEnded(recordings: RecipientRecording[]): SQL {
  const column = columnOf(recordings)
  return sql`
    with ${pagesOf(recordings)}, given as (
      select page.broadcast_id, given.pusher, given.outcome, given.message_id
      from unnest(
        ${column(({ page }) => page)}::bigint[], ${column(({ attempt }) => attempt)}::int[], ${column(({ pusher }) => pusher)}::text[],
        ${column(outcomeOf)}::smallint[], ${column(({ result }) => messageIdOf(result))}::text[]
      ) as given (page, attempt, pusher, outcome, message_id)
      ${joinPages}
    )
    insert into carillon.broadcast_recipients (broadcast_id, pusher, outcome, message_id)
    select broadcast_id, pusher, outcome, message_id from given order by broadcast_id, pusher
    on conflict do nothing
    returning broadcast_id as broadcast, pusher`
}

/** Some have pushes of their own from now on. Answers all that were written, with those pushes. */
export function insertAndMove(recordings: RecipientRecording[], ttl: number): SQL {
  const column = columnOf(recordings)
  return sql`
    with ${pagesOf(recordings)}, given as materialized (
      select given.page, given.attempt, given.pusher, given.outcome, given.delay, given.failures, given.reason, given.message_id,
        -- What is still to come of a recipient does not outlive a cancelled broadcast
        case when b.finished_at is not null and given.state = ${PushState.waiting} then ${PushState.cancelled}::smallint else given.state end as state,
        case when b.finished_at is not null and given.state = ${PushState.waiting} then ${EventNumber.cancelled}::smallint else given.event end as event,
        b.id as broadcast_id, b.app_id, b.sender, b.name, b.data, b.trace_parent
      from unnest(
        ${column(({ page }) => page)}::bigint[], ${column(({ attempt }) => attempt)}::int[], ${column(({ pusher }) => pusher)}::text[],
        ${column(outcomeOf)}::smallint[], ${column(({ result }) => (result.is === 'dead' ? PushState.dead : PushState.waiting))}::smallint[],
        ${column(({ result }) => ('delay' in result ? result.delay : 0))}::float8[],
        ${column(({ result }) => (result.is === 'failed' ? 1 : 0))}::int[],
        ${column(({ result }) => ('reason' in result ? result.reason : null))}::text[],
        ${column(({ result }) => eventOf(result))}::smallint[], ${column(({ result }) => messageIdOf(result))}::text[]
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

/** Locked against a removal at the same time, which would leave behind what is about a person. */
function pagesOf(recordings: RecipientRecording[]): SQL {
  const pages = sql.param([...new Set(recordings.map(({ page }) => page))])
  return sql`pages as materialized (
      select id, broadcast_id, attempt, pushers from carillon.broadcast_pages
      where id = any(${pages}::bigint[]) order by id for key share
    )`
}

const joinPages = sql`join (select id, broadcast_id, attempt, unnest(pushers) as pusher from pages) as page
        on page.id = given.page and page.attempt = given.attempt and page.pusher = given.pusher`

function columnOf(recordings: RecipientRecording[]) {
  return <T>(read: (recording: RecipientRecording) => T) => sql.param(recordings.map(read))
}

function outcomeOf(recording: RecipientRecording): number {
  if (isMoved(recording)) return RecipientOutcome.moved
  return recording.result.is === 'sent' ? RecipientOutcome.sent : RecipientOutcome.skipped
}
