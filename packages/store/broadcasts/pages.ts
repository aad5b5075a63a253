import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { BroadcastState, RecipientOutcome } from '../schema/broadcast.ts'
import { statement } from '../statement.ts'

/** What a worker needs to know of a broadcast before it opens a page. */
export interface BroadcastHead {
  id: string
  app: number
  sender: string
  name: string
  data: string
  tag: string
  cursor: string | null
  exhausted: boolean
  /** Pages that workers hold. */
  inFlight: number
  /** A page waits that its worker left. */
  isOrphaned: boolean
  traceparent: string | null
  category: string | null
  urgent: boolean
}

export type NextPage = {
  cursor: string | null
  /** Null after the last. */
  next: string | null
  pushers: string[]
}

/** A page in the hands of one worker; `attempt` fences it as it does a push. */
export type HeldPage = {
  id: string
  attempt: number
}

export type ClaimedPage = HeldPage & { pushers: string[] }

const inFlight = sql`
  select count(*)::int from carillon.broadcast_pages as page
  where page.broadcast_id = b.id and not page.done and page.lease_until >= now()`

/** Null when the broadcast may not run now: not due, paused, ended, or its sender is paused. */
export async function runningBroadcast(db: Database, id: string): Promise<BroadcastHead | null> {
  const { rows } = await headOf(db, { id })
  return rows[0] ?? null
}

const headOf = statement<{ id: string }, BroadcastHead>(
  'running',
  (give) => sql`
    select id, app_id as app, sender, name, data, tag, cursor, exhausted, (${inFlight}) as "inFlight",
      exists (
        select from carillon.broadcast_pages as page
        where page.broadcast_id = b.id and not page.done and page.lease_until < now()) as "isOrphaned", trace_parent as traceparent,
      category, urgent
    from carillon.broadcasts as b
    where id = ${give('id')} and state = ${BroadcastState.running} and due_at <= now()
      and not exists (
        select from carillon.sender_pauses as pause where pause.app_id = b.app_id and pause.sender = b.sender)`,
)

/** A page that its worker left. */
export async function reclaimPage(db: Database, broadcast: string, leaseSeconds: number): Promise<ClaimedPage | null> {
  const { rows } = await reclaim(db, { broadcast, leaseSeconds })
  return rows[0] ?? null
}

const reclaim = statement<{ broadcast: string; leaseSeconds: number }, ClaimedPage>(
  'reclaim_page',
  (give) => sql`
    update carillon.broadcast_pages set attempt = attempt + 1, lease_until = now() + ${give('leaseSeconds')} * interval '1 second'
    where id = (
      select id from carillon.broadcast_pages
      where broadcast_id = ${give('broadcast')} and not done and lease_until < now()
      order by lease_until limit 1 for update skip locked)
    returning id, attempt, pushers`,
)

/**
 * Opens the page that follows `cursor` and leases it. Null when another worker was faster, so
 * that no page is opened twice, or when `most` are in flight; an empty page only moves the cursor.
 */
export async function openPage(
  db: Database,
  broadcast: string,
  page: NextPage,
  { leaseSeconds, most }: { leaseSeconds: number; most: number },
): Promise<ClaimedPage | null> {
  const { rows } = await open(db, { broadcast, ...page, leaseSeconds, most })
  return rows[0] ?? null
}

const open = statement<NextPage & { broadcast: string; leaseSeconds: number; most: number }, ClaimedPage>(
  'open_page',
  (give) => sql`
    with moved as (
      update carillon.broadcasts as b set cursor = coalesce(${give('next')}, cursor), exhausted = ${give('next')}::text is null,
        started_at = coalesce(started_at, now()), running_since = coalesce(running_since, now())
      where id = ${give('broadcast')} and cursor is not distinct from ${give('cursor')}::text and not exhausted
        and state = ${BroadcastState.running} and (${inFlight}) < ${give('most')}
      returning id
    )
    insert into carillon.broadcast_pages (broadcast_id, pushers, size, lease_until, done, done_at)
    select id, page.pushers, cardinality(page.pushers), now() + ${give('leaseSeconds')} * interval '1 second',
      cardinality(page.pushers) = 0, case when cardinality(page.pushers) = 0 then now() end
    from moved, (select ${give('pushers', 'text[]')} as pushers) as page
    returning id, attempt, pushers`,
)

/**
 * Extends the leases still held. A page of a broadcast that stopped is held on to as well, until what
 * is being sent has its outcome: another worker would send it again.
 * @returns the pages that go on; the others were lost or their broadcast stopped.
 */
export async function renewPages(db: Database, held: HeldPage[], leaseSeconds: number): Promise<string[]> {
  const { rows } = await db.execute<{ id: string; running: boolean }>(sql`
    with mine as materialized (
      select page.id from carillon.broadcast_pages as page
      join unnest(${sql.param(held.map(({ id }) => id))}::bigint[], ${sql.param(held.map(({ attempt }) => attempt))}::int[])
        as held (id, attempt) on held.id = page.id and held.attempt = page.attempt
      where not page.done
      order by page.id
      for no key update of page
    )
    update carillon.broadcast_pages as page set lease_until = now() + ${leaseSeconds} * interval '1 second'
    from mine, carillon.broadcasts as b
    where page.id = mine.id and b.id = page.broadcast_id
    returning page.id, b.state = ${BroadcastState.running} as running`)
  return rows.filter(({ running }) => running).map(({ id }) => id)
}

/** Lets a page go before it is done, for any worker to go on with at once. */
export async function returnPage(db: Database, page: HeldPage): Promise<void> {
  await db.execute(sql`
    update carillon.broadcast_pages set lease_until = now() where id = ${page.id} and attempt = ${page.attempt} and not done`)
}

/** The pushers of a page that have no outcome yet. */
export async function openRecipients(db: Database, broadcast: string, pushers: string[]): Promise<string[]> {
  const { rows } = await db.execute<{ pusher: string }>(sql`
    select pusher from unnest(${sql.param(pushers)}::text[]) as page (pusher)
    where not exists (
      select from carillon.broadcast_recipients as r where r.broadcast_id = ${broadcast} and r.pusher = page.pusher)`)
  return rows.map(({ pusher }) => pusher)
}

/** The outcomes of a page's recipients; the others were skipped. */
export type PageCounts = {
  sent: number
  moved: number
}

/**
 * Ends a page and counts its recipients. False when it is no longer this worker's.
 * @param counts from a worker that was the only one to send the page; without them the recipients are counted.
 */
export async function finishPage(db: Database, { id, attempt }: HeldPage, counts?: PageCounts): Promise<boolean> {
  if (!counts) return countAndFinish(db, { id, attempt })
  const { rowCount } = await finishCounted(db, { id, attempt, ...counts })
  return rowCount === 1
}

/** A pusher that left the page after its outcome is among the counts. */
const finishCounted = statement<HeldPage & PageCounts, never>(
  'finish_page',
  (give) => sql`
    update carillon.broadcast_pages set done = true, done_at = now(), pushers = '{}',
      sent = ${give('sent')}, moved = ${give('moved')}, skipped = size - ${give('sent')} - ${give('moved')}
    where id = ${give('id')} and attempt = ${give('attempt')} and not done`,
)

function countAndFinish(db: Database, { id, attempt }: HeldPage): Promise<boolean> {
  return db.transaction(async (tx) => {
    // By itself, so that what leaves the page meanwhile is counted on one side only
    await tx.execute(sql`select from carillon.broadcast_pages where id = ${id} for no key update`)
    const { rowCount } = await tx.execute(sql`
      update carillon.broadcast_pages as page set done = true, done_at = now(), pushers = '{}',
        sent = page.sent + counts.sent, moved = page.moved + counts.moved,
        skipped = page.size - page.sent - counts.sent - page.moved - counts.moved
      from (${outcomes(id)}) as counts
      where page.id = ${id} and page.attempt = ${attempt} and not page.done`)
    return rowCount === 1
  })
}

function outcomes(page: string): SQL {
  const counted = (outcome: number) => sql`count(*) filter (where outcome = ${outcome})`
  return sql`
    select ${counted(RecipientOutcome.sent)} as sent, ${counted(RecipientOutcome.moved)} as moved
    from carillon.broadcast_pages as page cross join lateral (${pageOutcomes}) as recipients
    where page.id = ${page}`
}

/**
 * Outcomes so far of the pushers of a `page`. `offset` makes Postgres look each of them up by itself: without
 * statistics it would read all recipients that the broadcast has had, for every page.
 */
export const pageOutcomes = sql`
  select recipient.outcome
  from unnest(page.pushers) as one (pusher)
  cross join lateral (
    select r.outcome from carillon.broadcast_recipients as r
    where r.broadcast_id = page.broadcast_id and r.pusher = one.pusher
    offset 0
  ) as recipient`
