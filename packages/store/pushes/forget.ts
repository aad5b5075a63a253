import { type SQL, sql } from 'drizzle-orm'
import type { Database, Queryable } from '../database.ts'
import { BroadcastState, RecipientOutcome } from '../schema/broadcast.ts'
import { EventNumber, PushState } from '../schema/push.ts'

/**
 * Forgets a pusher: waiting pushes are cancelled, and recipient and content are erased from the history. A push that is
 * being sent at this moment ends by itself. Pages are left first, in a statement of their own: what they recorded before
 * is erased, and they record nothing afterwards.
 */
export async function forgetPusher(db: Database, app: number, pusher: string): Promise<void> {
  await leavePages(db, app, pusher)
  await db.transaction(async (tx) => {
    await eraseEvents(tx, await erasePushes(tx, app, pusher))
    await eraseRecipients(tx, app, pusher)
  })
}

/** @returns their ids. */
async function erasePushes(tx: Queryable, app: number, pusher: string): Promise<string[]> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    with theirs as materialized (
      select id, state, attempt from carillon.pushes where app_id = ${app} and pusher = ${pusher} order by id for update
    ), events as (
      insert into carillon.push_events (push_id, event, attempt)
      select id, ${EventNumber.cancelled}, attempt from theirs where state = ${PushState.waiting}
    )
    update carillon.pushes as p set
      state = case when p.state = ${PushState.waiting} then ${PushState.cancelled}::smallint else p.state end,
      finished_at = case when p.state = ${PushState.waiting} then now() else p.finished_at end,
      again_at = null, name = 'erased_' || p.id, pusher = '', data = '', reason = null, message_id = null
    from theirs where p.id = theirs.id
    returning p.id`)
  return rows.map(({ id }) => id)
}

/** Reasons quote providers, who quote addresses. A statement of its own, so that it sees what was recorded until the rows were locked. */
async function eraseEvents(tx: Queryable, ids: string[]): Promise<void> {
  await tx.execute(sql`
    update carillon.push_events set reason = null
    where push_id = any(${sql.param(ids)}::bigint[]) and reason is not null`)
  await tx.execute(sql`delete from carillon.delivery_reports where push_id = any(${sql.param(ids)}::bigint[])`)
}

/** The reports come last, so that they include what was recorded until the recipients' rows were locked. */
async function eraseRecipients(tx: Queryable, app: number, pusher: string): Promise<void> {
  for (const table of [sql`broadcast_recipients`, sql`delivery_reports`])
    await tx.execute(sql`
      delete from carillon.${table}
      where pusher = ${pusher} and broadcast_id = any(array(select id from carillon.broadcasts where app_id = ${app}))`)
}

/**
 * Removes a pusher from the pages that are not done, so that no outcome is recorded for it from now on. A page keeps
 * its size and counts the outcome that the pusher already had.
 */
async function leavePages(db: Database, app: number, pusher: string): Promise<void> {
  await db.transaction(async (tx) => {
    const pages = await lockPages(tx, app, pusher)
    await tx.execute(sql`
      update carillon.broadcast_pages as page set pushers = array_remove(pushers, ${pusher}::text),
        sent = sent + ${ended(pusher, RecipientOutcome.sent)}, moved = moved + ${ended(pusher, RecipientOutcome.moved)}
      where id = any(${sql.param(pages)}::bigint[])`)
  })
}

/** A statement of its own, so that the next one sees what was recorded until the pages were locked. */
async function lockPages(tx: Queryable, app: number, pusher: string): Promise<string[]> {
  const open = sql`select id from carillon.broadcasts where app_id = ${app} and state <> ${BroadcastState.done}`
  const { rows } = await tx.execute<{ id: string }>(sql`
    select id from carillon.broadcast_pages
    where broadcast_id = any(array(${open})) and not done and ${pusher} = any(pushers)
    order by id for update`)
  return rows.map(({ id }) => id)
}

/** 1 or 0. */
function ended(pusher: string, outcome: number): SQL {
  return sql`(exists (
    select from carillon.broadcast_recipients as r
    where r.broadcast_id = page.broadcast_id and r.pusher = ${pusher} and r.outcome = ${outcome}))::int`
}
