import { type SQL, sql } from 'drizzle-orm'
import type { Database } from '../database.ts'
import { RecipientOutcome } from '../schema/broadcast.ts'
import { statement } from '../statement.ts'
import { pageOutcomes } from './page-outcomes.ts'
import type { HeldPage } from './pages.ts'

/** What became of a page's recipients; the others were skipped. */
export type PageCounts = {
  sent: number
  moved: number
}

/**
 * Ends a page and counts its recipients. False when it is no longer this worker's.
 * @param counts of a worker that was the only one to ring the page: then nothing need be looked up.
 */
export async function finishPage(db: Database, { id, attempt }: HeldPage, counts?: PageCounts): Promise<boolean> {
  if (!counts) return countAndFinish(db, { id, attempt })
  const { rowCount } = await finishCounted(db, { id, attempt, ...counts })
  return rowCount === 1
}

/** Who left the page with an outcome is among them. */
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
