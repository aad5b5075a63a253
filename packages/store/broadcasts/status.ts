import { type SQL, sql } from 'drizzle-orm'
import type { BroadcastStatus } from '@carillon/contract'
import { pageOutcomes } from './pages.ts'
import type { Database } from '../database.ts'
import { BroadcastState, RecipientOutcome } from '../schema/broadcast.ts'
import { PushState } from '../schema/push.ts'

/** The status of the newest broadcast with that name; null when there never was one. */
export async function broadcastStatus(db: Database, app: number, name: string): Promise<BroadcastStatus | null> {
  const [status] = await read(db, sql`app_id = ${app} and name = ${name}`, 1)
  return status ?? null
}

/** Newest first; `after` is the id of the last one seen. */
export function listBroadcasts(
  db: Database,
  app: number,
  { after, size }: { after?: string | undefined; size: number },
): Promise<BroadcastStatus[]> {
  const older = after === undefined ? sql`` : sql`and id < ${after}::bigint`
  return read(db, sql`app_id = ${app} ${older}`, size)
}

/** Sums the counts that done pages keep, and counts the recipients of the few pages that are open. */
async function read(db: Database, which: SQL, limit: number): Promise<BroadcastStatus[]> {
  const { rows } = await db.execute<StatusRow>(sql`
    select b.id, b.name, b.sender, b.tag, b.category, b.exhausted, b.total, b.total_is_estimate as "totalIsEstimate", ${stateName} as state,
      pages.enqueued, pages.sent + moved.sent as sent, pages.skipped + moved.skipped as skipped, moved.dead, deferred.count as deferred,
      pages.sent + pages.skipped + pages.moved as tried, pages.all_done and b.exhausted as "allTried",
      (b.ran_seconds + greatest(0, extract(epoch from
        coalesce(case when b.exhausted and pages.all_done then pages.last_done end, ${stopped}, b.finished_at, now())
          - b.running_since)))::float8 as ran,
      ${seconds(sql`b.accepted_at`)} as "createdAt", ${seconds(sql`b.started_at`)} as "startedAt",
      ${seconds(sql`b.finished_at`)} as "finishedAt"
    from (select * from carillon.broadcasts where ${which} order by id desc limit ${limit}) as b
    cross join lateral (${pages}) as pages
    cross join lateral (${moved}) as moved
    cross join lateral (${deferred}) as deferred
    order by b.id desc`)
  return rows.map(toStatus)
}

const stateName = sql`case b.state
  when ${BroadcastState.paused} then case when pages.held_until > now() then 'pausing' else 'paused' end
  when ${BroadcastState.done} then 'done' when ${BroadcastState.cancelled} then 'cancelled'
  else case when b.started_at is null and b.due_at > now() then 'scheduled' else 'running' end end`

/** When the last worker released its page of a stopped broadcast, or now while some still send. */
const stopped = sql`case when b.state in (${BroadcastState.paused}, ${BroadcastState.cancelled})
  then least(now(), greatest(b.finished_at, pages.last_done, pages.held_until)) end`

const pages = sql`
  select coalesce(sum(size), 0)::int as enqueued,
    coalesce(sum(page.sent + ofopen.sent), 0)::int as sent, coalesce(sum(page.skipped + ofopen.skipped), 0)::int as skipped,
    coalesce(sum(page.moved + ofopen.moved), 0)::int as moved, coalesce(bool_and(page.done), true) as all_done,
    max(page.done_at) as last_done, max(page.lease_until) filter (where not page.done) as held_until
  from carillon.broadcast_pages as page
  cross join lateral (
    select count(*) filter (where outcome = ${RecipientOutcome.sent}) as sent,
      count(*) filter (where outcome = ${RecipientOutcome.skipped}) as skipped,
      count(*) filter (where outcome = ${RecipientOutcome.moved}) as moved
    from (${pageOutcomes}) as recipients where not page.done
  ) as ofopen
  where page.broadcast_id = b.id`

/** Recipients that got a push of their own, by what became of it. */
const moved = sql`
  select count(*) filter (where p.state = ${PushState.sent})::int as sent, count(*) filter (where p.state = ${PushState.dead})::int as dead,
    count(*) filter (where p.state in (${PushState.cancelled}, ${PushState.skipped}))::int as skipped
  from carillon.finished_pushes as p where p.broadcast_id = b.id`

/** Recipients that wait for the end of their quiet hours. */
const deferred = sql`
  select count(*)::int as count from carillon.pushes as p where p.broadcast_id = b.id and p.deferred_until > now()`

function seconds(moment: SQL): SQL {
  return sql`floor(extract(epoch from ${moment}))::float8`
}

/** A broadcast with its counts, as the statement returns it. */
interface StatusRow extends Record<string, unknown> {
  id: string
  name: string
  sender: string
  tag: string
  category: string | null
  state: BroadcastStatus['state']
  exhausted: boolean
  total: number | null
  totalIsEstimate: boolean
  enqueued: number
  sent: number
  skipped: number
  dead: number
  deferred: number
  /** Recipients whose first attempt ended, whatever its outcome. */
  tried: number
  /** The first attempt for every recipient ended. */
  allTried: boolean
  /** Seconds that the first attempts took so far, without pauses. */
  ran: number
  createdAt: number
  startedAt: number | null
  finishedAt: number | null
}

function toStatus(row: StatusRow): BroadcastStatus {
  const { id, name, sender, tag, category, state, enqueued, sent, skipped, dead, createdAt, startedAt, finishedAt } =
    row
  const total = totalOf(row)
  const rate = row.tried > 0 && row.ran > 0 ? rounded(row.tried / row.ran) : null
  const pending = pendingOf(row, total)
  const eta = etaOf(row, total, rate)
  const counts = { enqueued, sent, skipped, dead, pending, deferred: row.deferred, rate, eta }
  const estimate = row.totalIsEstimate && !row.exhausted && { totalIsEstimate: true as const }
  return { id, name, sender, tag, category, state, total, ...estimate, ...counts, createdAt, startedAt, finishedAt }
}

function totalOf({ exhausted, enqueued, total }: StatusRow): number | null {
  if (exhausted) return enqueued
  return total === null ? null : Math.max(total, enqueued)
}

/** A broadcast that is over sends nothing more. */
function pendingOf({ finishedAt, sent, skipped, dead }: StatusRow, total: number | null): number | null {
  if (finishedAt !== null) return 0
  return total === null ? null : Math.max(0, total - sent - skipped - dead)
}

/** Retries are not estimated: they come when they are due, whatever the rate. */
function etaOf({ state, allTried, tried }: StatusRow, total: number | null, rate: number | null): number | null {
  if (state !== 'running' || allTried || total === null || rate === null) return null
  return Math.ceil((total - tried) / rate)
}

function rounded(rate: number): number {
  return Math.round(rate * 100) / 100
}
