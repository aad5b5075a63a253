import { sql } from 'drizzle-orm'
import { PushState } from '../schema/push.ts'
import type { Database } from '../database.ts'
import { statement } from '../statement.ts'
import type { Held } from './claim.ts'

export interface SentRow {
  id: string
  /** The broadcast it came out of. */
  broadcastId: string | null
}

export interface SentPush extends Held {
  /** The provider's. */
  messageId: string | null
}

/**
 * Records what was sent and nothing more: most pushes end so, and this is half the work of the whole record. It leaves
 * alone what another worker holds by now, and what was pushed anew meanwhile.
 * @returns what it recorded.
 */
export async function recordSent(db: Database, sent: SentPush[]): Promise<SentRow[]> {
  if (sent.length === 0) return []
  const { rows } = await update(db, {
    ids: sent.map(({ id }) => id),
    attempts: sent.map(({ attempt }) => attempt),
    messageIds: sent.map(({ messageId }) => messageId),
  })
  return rows
}

type Given = { ids: string[]; attempts: number[]; messageIds: (string | null)[] }

const update = statement<Given, SentRow>(
  'record_sent',
  (give) => sql`
    with mine as materialized (
      select p.id, case when p.pusher <> '' then given.message_id end as message_id
      from carillon.pushes as p
      join unnest(${give('ids', 'bigint[]')}, ${give('attempts', 'int[]')}, ${give('messageIds', 'text[]')})
        as given (id, attempt, message_id) on given.id = p.id and given.attempt = p.attempt
      where p.state + 0 = ${PushState.sending} and p.again_at is null
      order by p.id
      for update of p
    )
    update carillon.pushes as p
    set state = ${PushState.sent}, lease_until = null, reason = null, message_id = mine.message_id, finished_at = now()
    from mine where p.id = mine.id
    returning p.id, p.broadcast_id as "broadcastId"`,
)
