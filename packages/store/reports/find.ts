import { type SQL, sql } from 'drizzle-orm'
import { type Reported, reportEvents } from '@carillon/contract'
import type { Database } from '../database.ts'
import { seconds } from '../history/record.ts'

interface Row extends Record<string, unknown> {
  pusher: string | null
  event: number
  time: number
  messageId: string | null
  reason: string | null
}

/** A link that a mailbox follows again and again is one opening, so these are few. */
const MOST = 1000

/** What was reported of a push, at its first try in a broadcast too; in order of time. */
export async function reportsOf(db: Database, push: string): Promise<Reported[]> {
  const { rows } = await select(
    db,
    sql`select * from carillon.delivery_reports where push_id = ${push}
      union all
      select r.* from carillon.delivery_reports as r
      join carillon.pushes as p on p.broadcast_id = r.broadcast_id and p.pusher = r.pusher where p.id = ${push}`,
  )
  return rows.map(toReported)
}

/** By pusher: what was reported of some recipients of a broadcast. */
export async function reportsOfRecipients(
  db: Database,
  broadcast: string,
  pushers: string[],
): Promise<Map<string, Reported[]>> {
  const { rows } = await select(
    db,
    sql`select * from carillon.delivery_reports
      where broadcast_id = ${broadcast} and pusher = any(${sql.param(pushers)}::text[])`,
  )
  const grouped = Map.groupBy(rows, ({ pusher }) => pusher ?? '')
  return new Map([...grouped].map(([pusher, reports]) => [pusher, reports.map(toReported)]))
}

function select(db: Database, from: SQL) {
  return db.execute<Row>(sql`
    select pusher, event, message_id as "messageId", reason, ${seconds(sql`at`)} as time
    from (${from}) as reports order by at, event, id limit ${MOST}`)
}

function toReported({ event, time, messageId, reason }: Row): Reported {
  return {
    event: reportEvents[event]!,
    time,
    ...(messageId !== null && { messageId }),
    ...(reason !== null && { reason }),
  }
}
