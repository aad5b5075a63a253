import { sql } from 'drizzle-orm'
import { type AddressResult, type BroadcastRecipient, recipientOutcomes, type RecipientQuery } from '@carillon/contract'
import type { Database } from '../database.ts'
import { allPushes, reason } from '../history/records.ts'
import { reportsOfRecipients } from '../reports/reports.ts'
import { RecipientOutcome } from '../schema/broadcast.ts'

interface RecipientRow extends Record<string, unknown> {
  pusher: string
  outcome: number
  messageId: string | null
  addresses: AddressResult[] | null
  reason: string | null
}

const DEFAULT_SIZE = 10

/** Recipients that have an outcome, ordered by id, of the newest broadcast with that name. Null when there is none. */
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
  const recipients = await page(db, app, broadcast.id, query)
  const reports = await reportsOfRecipients(
    db,
    broadcast.id,
    recipients.map(({ pusher }) => pusher),
  )
  return recipients.map(({ pusher, outcome, messageId, addresses, reason: why }) => ({
    pusher,
    outcome: recipientOutcomes[outcome]!,
    messageId,
    ...(addresses && { addresses }),
    reason: why,
    reports: reports.get(pusher) ?? [],
  }))
}

/** The number of an outcome is part of the text, so that the planner sees that the index of those not sent serves. */
async function page(db: Database, app: number, broadcast: string, query: RecipientQuery): Promise<RecipientRow[]> {
  const { pusher, outcome, after, size = DEFAULT_SIZE } = query
  const { rows } = await db.execute<RecipientRow>(sql`
    select r.pusher, r.outcome, r.message_id as "messageId", r.addresses, case when r.outcome = ${RecipientOutcome.moved} then (
      select ${reason} from ${allPushes}
      where p.app_id = ${app} and p.pusher = r.pusher and p.broadcast_id = r.broadcast_id order by p.id limit 1) else r.reason end as reason
    from carillon.broadcast_recipients as r
    where r.broadcast_id = ${broadcast}
      ${pusher === undefined ? sql`` : sql`and r.pusher = ${pusher}`}
      ${outcome === undefined ? sql`` : sql`and r.outcome = ${sql.raw(String(RecipientOutcome[outcome]))}`}
      ${after === undefined ? sql`` : sql`and r.pusher > ${after}`}
    order by r.pusher limit ${size}`)
  return rows
}
