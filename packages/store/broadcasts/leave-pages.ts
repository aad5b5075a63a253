import { type SQL, sql } from 'drizzle-orm'
import type { Database, Queryable } from '../database.ts'
import { BroadcastState, RecipientOutcome } from '../schema/broadcast.ts'

/**
 * Takes a pusher out of the pages that are not done, so that no outcome is recorded of it from now on. A page keeps
 * its size, and counts by itself what had become of the pusher.
 */
export async function leavePages(db: Database, app: number, pusher: string): Promise<void> {
  await db.transaction(async (tx) => {
    const pages = await lockPages(tx, app, pusher)
    await tx.execute(sql`
      update carillon.broadcast_pages as page set pushers = array_remove(pushers, ${pusher}::text),
        sent = sent + ${ended(pusher, RecipientOutcome.sent)}, moved = moved + ${ended(pusher, RecipientOutcome.moved)}
      where id = any(${sql.param(pages)}::bigint[])`)
  })
}

/** A statement of its own, to see what was recorded until the pages were locked. */
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
