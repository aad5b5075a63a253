import { recipientId } from '@carillon/contract'
import type { PushResult } from '../pushes/record.ts'
import { type PushWakeUp, priorityOf } from '../pushes/wake-up.ts'
import { PushState } from '../schema/push.ts'
import type { Database } from '../database.ts'
import { isMoved, insertAndMove, insertEnded, type MovedRow } from './insert-recipients.ts'

/** What became of one recipient of a page. */
export interface RecipientRecording {
  broadcast: string
  page: string
  /** The page's fencing token. */
  attempt: number
  pusher: string
  result: PushResult | { is: 'skipped' }
}

export interface RecordedRecipients {
  /** The moved pushes that wait. */
  wakeUps: PushWakeUp[]
  /** Index-aligned: which were written; the others are another worker's, were forgotten, or had their outcome before. */
  held: boolean[]
}

/**
 * Writes one row per recipient, and an ordinary push for those that end in later or failure: only
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
