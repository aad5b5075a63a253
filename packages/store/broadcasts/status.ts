import { type SQL, sql } from 'drizzle-orm'
import type { BroadcastStatus } from '@carillon/contract'
import type { Database } from '../database.ts'
import { BroadcastState, RecipientOutcome } from '../schema/broadcast.ts'
import { PushState } from '../schema/push.ts'
import { type StatusRow, toStatus } from './status-row.ts'
import { pageOutcomes } from './page-outcomes.ts'

/** Of several with that name the last; null when there never was one. */
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

const { sent, dead, cancelled } = PushState

/** Pages that are done have been counted; of the few that are open the recipients are. */
async function read(db: Database, which: SQL, limit: number): Promise<BroadcastStatus[]> {
  const { rows } = await db.execute<StatusRow>(sql`
    select b.id, b.name, b.sender, b.tag, b.exhausted, b.total, b.total_is_estimate as "totalIsEstimate", ${state} as state,
      pages.enqueued, pages.sent + moved.sent as sent, pages.skipped + moved.cancelled as skipped, moved.dead,
      pages.sent + pages.skipped + pages.moved as rung, pages.all_done and b.exhausted as "allRung",
      (b.ran_seconds + greatest(0, extract(epoch from
        coalesce(case when b.exhausted and pages.all_done then pages.last_done end, ${stopped}, b.finished_at, now())
          - b.running_since)))::float8 as ran,
      ${seconds(sql`b.accepted_at`)} as "createdAt", ${seconds(sql`b.started_at`)} as "startedAt",
      ${seconds(sql`b.finished_at`)} as "finishedAt"
    from (select * from carillon.broadcasts where ${which} order by id desc limit ${limit}) as b
    cross join lateral (${pages}) as pages
    cross join lateral (${moved}) as moved
    order by b.id desc`)
  return rows.map(toStatus)
}

const state = sql`case b.state
  when ${BroadcastState.paused} then case when pages.held_until > now() then 'pausing' else 'paused' end
  when ${BroadcastState.done} then 'done' when ${BroadcastState.cancelled} then 'cancelled'
  else case when b.started_at is null and b.due_at > now() then 'scheduled' else 'running' end end`

/** Of a broadcast that was stopped: when the last worker let go of its page, or now while some still send. */
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
  select count(*) filter (where p.state = ${sent})::int as sent, count(*) filter (where p.state = ${dead})::int as dead,
    count(*) filter (where p.state = ${cancelled})::int as cancelled
  from carillon.pushes as p where p.broadcast_id = b.id and p.finished_at is not null`

function seconds(moment: SQL): SQL {
  return sql`floor(extract(epoch from ${moment}))::float8`
}
