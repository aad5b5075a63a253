import { type SQL, sql } from 'drizzle-orm'
import type { QueryResult } from 'pg'
import { type AddressResult, errorCode, recipientId } from '@carillon/contract'
import type { Database } from '../database.ts'
import { addressesOf, type AttemptResult, eventOf, failedTries, messageIdOf, progressOf } from '../pushes/record.ts'
import { intoHistory, keptColumns } from '../pushes/finish.ts'
import { priorityOf, type PushWakeUp } from '../pushes/wake-up.ts'
import { RecipientOutcome } from '../schema/broadcast.ts'
import { EventNumber, PushState } from '../schema/push.ts'
import { type Give, statement } from '../statement.ts'

/** The outcome of one recipient of a page. */
export interface RecipientRecording {
  broadcast: string
  page: string
  /** The page's fencing token. */
  attempt: number
  pusher: string
  result: AttemptResult | { is: 'skipped'; reason?: undefined; addresses?: readonly AddressResult[] }
}

export interface RecordedRecipients {
  /** The moved pushes that wait. */
  wakeUps: PushWakeUp[]
  /** Index-aligned: which were written. The others belong to another worker, were forgotten, or had an outcome already. */
  held: boolean[]
}

/**
 * Writes one row per recipient, and an ordinary push for those that end in later, deferral or failure: only
 * those need a row of their own. A recipient that has a row already keeps it; of one that is in the page no
 * longer, because the pusher was removed, nothing is written.
 * @param ttl seconds the moved pushes may stay unfinished.
 */
export async function recordRecipients(
  db: Database,
  recordings: RecipientRecording[],
  ttl: number,
): Promise<RecordedRecipients> {
  if (!recordings.some(isMoved)) {
    const { rows } = await insertEnded(db, recordings)
    const written = rows.flatMap(({ broadcast, pushers }) => pushers.map((pusher) => ({ broadcast, pusher })))
    return { wakeUps: [], held: among(written, recordings) }
  }
  const { rows } = await insertAndMove(db, recordings, ttl)
  const wakeUps = rows.filter(({ state }) => state === PushState.waiting).map(toWakeUp)
  return { wakeUps, held: among(rows, recordings) }
}

interface Recipient {
  broadcast: string
  pusher: string
}

function among(written: Recipient[], recordings: Recipient[]): boolean[] {
  if (written.length === recordings.length) return recordings.map(() => true) // as most often, and the cheaper way
  const ids = new Set(written.map(idOf))
  return recordings.map((recording) => ids.has(idOf(recording)))
}

function idOf({ broadcast, pusher }: Recipient): string {
  return recipientId(broadcast, pusher)
}

function toWakeUp({ id, sender, priority, delay }: MovedRow): PushWakeUp {
  return { id, sender, priority: priorityOf(priority), delay: Math.max(0, delay) }
}

/** A recipient whose outcome is later, deferred, failed or dead gets a push of its own. */
function isMoved({ result }: RecipientRecording): boolean {
  return result.is !== 'sent' && result.is !== 'skipped'
}

/** Recipients that were written. */
interface EndedRow {
  broadcast: string
  pushers: string[]
}

/** A recipient that was written, with the push it was moved to. */
interface MovedRow {
  broadcast: string
  pusher: string
  id: string
  sender: string
  priority: number
  /** Null when it was not moved, as are the others about its push. */
  state: number | null
  delay: number
}

/** For recipients of which none gets a push of its own: the usual case, in half the time of the other statement. */
async function insertEnded(db: Database, recordings: RecipientRecording[]): Promise<QueryResult<EndedRow>> {
  const given = endings(recordings)
  try {
    return await (given.reasons.some((reason) => reason !== null) ? endedWithReasons : ended)(db, given)
  } catch (error) {
    // SQLSTATE unique_violation: to look out for it each time takes a third of the statement
    if (errorCode(error) !== '23505') throw error
    return endedAgain(db, given)
  }
}

/**
 * Some get pushes of their own. Returns all recipients that were written, with those pushes.
 * @param ttl seconds those pushes may stay unfinished.
 */
function insertAndMove(db: Database, recordings: RecipientRecording[], ttl: number): Promise<QueryResult<MovedRow>> {
  return moved(db, {
    ...endings(recordings),
    ttl,
    states: recordings.map(({ result }) => (result.is === 'dead' ? PushState.dead : PushState.waiting)),
    delays: recordings.map(({ result }) => ('delay' in result ? result.delay : 0)),
    failures: recordings.map(({ result }) => failedTries(result)),
    events: recordings.map(({ result }) => eventOf(result)),
    progresses: recordings.map(({ result }) => progressOf(result)),
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
    addresses: recordings.map(({ result }) => addressesOf(result)),
    reasons: recordings.map(({ result }) => ('reason' in result ? (result.reason ?? null) : null)),
  }
}

type Endings = ReturnType<typeof endings>

/**
 * The pages are locked against a removal at the same time, which would leave personal data behind. Who is still in a page
 * is compared only if a pusher has left it: then it has fewer pushers than its size.
 */
const lockedPages = (give: Give<Endings>) => sql`pages as materialized (
      select id, broadcast_id, attempt, case when cardinality(pushers) <> size then pushers end as remaining
      from carillon.broadcast_pages
      where id = any(${give('distinctPages', 'bigint[]')}) order by id for key share
    )`

const joinPages = sql`join pages as page on page.id = given.page and page.attempt = given.attempt
        and (page.remaining is null or given.pusher = any(page.remaining))`

const ended = statement<Endings, EndedRow>('recipients', (give) => insert(give, sql``, false))

/** Few broadcasts have a category. */
const endedWithReasons = statement<Endings, EndedRow>('recipients_with_reasons', (give) => insert(give, sql``, true))

/** For recipients that may have an outcome already, from a worker that lost the page or a statement that seemed to fail. */
const endedAgain = statement<Endings, EndedRow>('recipients_again', (give) =>
  insert(give, sql`on conflict do nothing`, true),
)

function insert(give: Give<Endings>, onConflict: SQL, withReasons: boolean): SQL {
  const reason = withReasons ? sql`, reason` : sql``
  return sql`
    with ${lockedPages(give)}, given as (
      select page.broadcast_id, given.pusher, given.outcome, given.message_id, given.addresses::jsonb as addresses${reason}
      from unnest(
        ${give('pages', 'bigint[]')}, ${give('attempts', 'int[]')}, ${give('pushers', 'text[]')}, ${give('outcomes', 'smallint[]')},
        ${give('messageIds', 'text[]')}, ${give('addresses', 'text[]')}${withReasons ? sql`, ${give('reasons', 'text[]')}` : sql``}
      ) as given (page, attempt, pusher, outcome, message_id, addresses${reason})
      ${joinPages}
    ), recorded as (
      insert into carillon.broadcast_recipients (broadcast_id, pusher, outcome, message_id, addresses${reason})
      select broadcast_id, pusher, outcome, message_id, addresses${reason} from given order by broadcast_id, pusher
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
  events: (number | null)[]
  progresses: (string | null)[]
}

const moved = statement<Moving, MovedRow>(
  'recipients_moved',
  (give) => sql`
    with ${lockedPages(give)}, given as materialized (
      select given.page, given.attempt, given.pusher, given.outcome, given.delay, given.failures, given.reason, given.message_id,
        given.progress, given.addresses::jsonb as addresses,
        -- What is still to come of a recipient does not outlive a cancelled broadcast
        case when b.finished_at is not null and given.state = ${PushState.waiting} then ${PushState.cancelled}::smallint else given.state end as state,
        case when b.finished_at is not null and given.state = ${PushState.waiting} then ${EventNumber.cancelled}::smallint else given.event end as event,
        b.id as broadcast_id, b.app_id, b.sender, b.name, b.data, b.trace_parent, b.category, b.urgent
      from unnest(
        ${give('pages', 'bigint[]')}, ${give('attempts', 'int[]')}, ${give('pushers', 'text[]')}, ${give('outcomes', 'smallint[]')},
        ${give('states', 'smallint[]')}, ${give('delays', 'float8[]')}, ${give('failures', 'int[]')}, ${give('reasons', 'text[]')},
        ${give('events', 'smallint[]')}, ${give('messageIds', 'text[]')}, ${give('progresses', 'text[]')}, ${give('addresses', 'text[]')}
      ) as given (page, attempt, pusher, outcome, state, delay, failures, reason, event, message_id, progress, addresses)
      ${joinPages}
      join carillon.broadcasts as b on b.id = page.broadcast_id
    ), recorded as (
      insert into carillon.broadcast_recipients (broadcast_id, pusher, outcome, message_id, addresses, reason)
      select broadcast_id, pusher, outcome, message_id,
        case when outcome <> ${RecipientOutcome.moved} then addresses end,
        case when outcome = ${RecipientOutcome.skipped} then reason end
      from given order by broadcast_id, pusher
      on conflict do nothing
      returning broadcast_id, pusher, outcome
    ), moved as materialized (
      select nextval('carillon.pushes_id_seq') as id, p.* from (
        select app_id, sender,
          -- Its own, also beside what is still being sent of a cancelled broadcast of that name; no push's name ends like this
          given.name || '_' || pusher || '_' || broadcast_id as name, pusher, data, false as force, -1::smallint as priority,
          broadcast_id, state, 1 as attempt, failures, ${give('ttl')}::int as ttl, event, reason, progress, addresses,
          null as message_id,
          -- No wait outlives the ttl, which of a deferred push counts from the end of its quiet hours
          now() + case when event = ${EventNumber.deferred} then delay else least(delay, ${give('ttl')}::int + 1) end * interval '1 second' as due_at,
          null::timestamptz as taken_at, null::timestamptz as scheduled_at, now() as accepted_at, trace_parent, category, urgent
        from recorded join given using (broadcast_id, pusher)
        where recorded.outcome = ${RecipientOutcome.moved}
        order by sender, given.name, pusher
      ) as p
    ), waits as (
      insert into carillon.pushes (${keptColumns}, due_at, state, failures, reason, progress, deferred_until, expires_at)
      overriding system value
      select ${keptColumns}, due_at, state, failures, reason, progress,
        case when event = ${EventNumber.deferred} then due_at end,
        case when event = ${EventNumber.deferred} then due_at else now() end + ttl * interval '1 second'
      from moved where state = ${PushState.waiting}
    ), history as (
      ${intoHistory(sql`(select * from moved where state <> ${PushState.waiting}) as ended`)}
    ), events as (
      insert into carillon.push_events (push_id, event, attempt, reason, due_at, addresses)
      select id, event, 1, reason, case when state = ${PushState.waiting} then due_at end, addresses from moved
    )
    select recorded.broadcast_id as broadcast, recorded.pusher, moved.id, moved.sender, moved.priority, moved.state,
      (extract(epoch from moved.due_at - now()) * 1000)::float8 as delay
    from recorded left join moved using (broadcast_id, pusher)`,
)

function outcomeOf(recording: RecipientRecording): number {
  if (isMoved(recording)) return RecipientOutcome.moved
  return recording.result.is === 'sent' ? RecipientOutcome.sent : RecipientOutcome.skipped
}
