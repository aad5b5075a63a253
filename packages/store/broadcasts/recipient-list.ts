import { sql } from 'drizzle-orm'
import { type BroadcastRecipient, recipientOutcomes, type RecipientQuery } from '@carillon/contract'
import type { Database } from '../database.ts'
import { reportsOfRecipients } from '../reports/find.ts'

interface Row extends Record<string, unknown> {
  pusher: string
  outcome: number
  messageId: string | null
}

const DEFAULT_SIZE = 10

/** Recipients that were rung, by the order of their ids; of several broadcasts with that name those of the last. Null when there is none. */
export async function listRecipients(
  db: Database,
  app: number,
  name: string,
  query: RecipientQuery,
): Promise<BroadcastRecipient[] | null> {
  const { rows } = await db.execute<{ id: string }>(sql`
    select id from carillon.broadcasts where app_id = ${app} and name = ${name} order by id desc limit 1`)
  const [broadcast] = rows
  if (!broadcast) return null
  const recipients = await page(db, broadcast.id, query)
  const reports = await reportsOfRecipients(
    db,
    broadcast.id,
    recipients.map(({ pusher }) => pusher),
  )
  return recipients.map(({ pusher, outcome, messageId }) => ({
    pusher,
    outcome: recipientOutcomes[outcome]!,
    messageId,
    reports: reports.get(pusher) ?? [],
  }))
}

async function page(db: Database, broadcast: string, query: RecipientQuery): Promise<Row[]> {
  const { pusher, after, size = DEFAULT_SIZE } = query
  const { rows } = await db.execute<Row>(sql`
    select pusher, outcome, message_id as "messageId" from carillon.broadcast_recipients
    where broadcast_id = ${broadcast}
      ${pusher === undefined ? sql`` : sql`and pusher = ${pusher}`}
      ${after === undefined ? sql`` : sql`and pusher > ${after}`}
    order by pusher limit ${size}`)
  return rows
}
