import { type SQL, sql } from 'drizzle-orm'
import type { Database, Queryable } from '../database.ts'
import { endAs, intoHistory } from './finish.ts'
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
    // Before and after, since a push may move from one table to the other at this moment
    const finished = await eraseFinished(tx, app, pusher)
    const erased = await erasePushes(tx, app, pusher)
    await eraseEvents(tx, [...finished, ...erased, ...(await eraseFinished(tx, app, pusher))])
    await eraseRecipients(tx, app, pusher)
  })
}

/** @returns their ids. */
async function erasePushes(tx: Queryable, app: number, pusher: string): Promise<string[]> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    with theirs as materialized (
      select id, state, attempt from carillon.pushes where app_id = ${app} and pusher = ${pusher} order by id for update
    ), cancelled as (
      ${endAs(PushState.cancelled, sql`(select id from theirs where state = ${PushState.waiting})`)}
    ), history as (
      ${intoHistory(sql`cancelled`)}
    ), events as (
      insert into carillon.push_events (push_id, event, attempt)
      select id, ${EventNumber.cancelled}, attempt from theirs where state = ${PushState.waiting}
    ), erased as (
      update carillon.pushes as p set again_at = null, progress = null, ${blank}
      from theirs where p.id = theirs.id and theirs.state <> ${PushState.waiting}
    )
    select id from theirs`)
  return rows.map(({ id }) => id)
}

/** @returns their ids. */
async function eraseFinished(tx: Queryable, app: number, pusher: string): Promise<string[]> {
  const { rows } = await tx.execute<{ id: string }>(sql`
    with theirs as materialized (
      select id, finished_at from carillon.finished_pushes where app_id = ${app} and pusher = ${pusher} order by id for update
    )
    update carillon.finished_pushes as p set message_id = null, ${blank}
    from theirs where p.id = theirs.id and p.finished_at = theirs.finished_at
    returning p.id`)
  return rows.map(({ id }) => id)
}

/** Of a push `p`. */
const blank = sql`name = 'erased_' || p.id, pusher = '', data = '', reason = null`

/** What was done at addresses goes, and reasons too: they quote providers, who quote addresses. A statement of its own, so that it sees what was recorded until the rows were locked. */
async function eraseEvents(tx: Queryable, ids: string[]): Promise<void> {
  await tx.execute(sql`
    update carillon.push_events set reason = null, addresses = null
    where push_id = any(${sql.param(ids)}::bigint[]) and (reason is not null or addresses is not null)`)
}

/** The reports come last, so that they include what was recorded until the rows that they are about were locked. */
async function eraseRecipients(tx: Queryable, app: number, pusher: string): Promise<void> {
  await tx.execute(sql`
    delete from carillon.broadcast_recipients
    where pusher = ${pusher} and broadcast_id = any(array(select id from carillon.broadcasts where app_id = ${app}))`)
  await tx.execute(sql`delete from carillon.delivery_reports where app_id = ${app} and pusher = ${pusher}`)
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
