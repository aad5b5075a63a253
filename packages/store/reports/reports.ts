import { type SQL, sql } from 'drizzle-orm'
import { type DeliveryReport, readPushId, type Reported, reportEvents } from '@carillon/contract'
import type { Database, Queryable } from '../database.ts'
import { allPushes, seconds } from '../history/records.ts'
import { type KeptAddress, keptAddress } from '../suppressions/suppressions.ts'

/** What providers reported about messages that they had accepted. */
export interface ReportRepository {
  /**
   * Stores each report once, and suppresses addresses where a report asks for it. Reports about unknown or erased pushes
   * are ignored.
   */
  record(reports: DeliveryReport[]): Promise<void>
}

export function reportRepository(db: Database): ReportRepository {
  return { record: (reports) => recordReports(db, reports) }
}

/** A report as columns: of a push, or of a broadcast's recipient. */
interface ReportRow extends Omit<DeliveryReport, 'push' | 'suppress'> {
  push: string | null
  broadcast: string | null
  pusher: string | null
  address: KeptAddress | null
  cause: string | null
}

async function recordReports(db: Database, reports: DeliveryReport[]): Promise<void> {
  const rows = reports.flatMap(toRow)
  const untimed = rows.filter(({ time }) => time === null)
  if (untimed.length === 0) return insertKnown(db, rows)
  await db.transaction(async (tx) => {
    await lockMessages(tx, untimed)
    await insertKnown(tx, rows)
  })
}

/** Any constant of our own. */
const REPORTS_LOCK = 60_012_024

/**
 * Makes those who store reports about the same messages wait for each other. No index can find the repetition of a report
 * without the provider's time, so it is looked for.
 */
async function lockMessages(tx: Queryable, rows: ReportRow[]): Promise<void> {
  const messages = [...new Set(rows.map(({ push, broadcast, pusher }) => push ?? `${broadcast}-${pusher}`))]
  await tx.execute(sql`
    select pg_advisory_xact_lock(${sql.raw(String(REPORTS_LOCK))}, key)
    from (select distinct hashtext(message) as key from unnest(${sql.param(messages)}::text[]) as m (message) order by 1) as keys`)
}

async function insertKnown(db: Queryable, rows: ReportRow[]): Promise<void> {
  if (rows.length === 0 || (await insertReports(db, rows)) === rows.length) return
  // Finished at that moment: the first statement saw it neither among the unfinished pushes nor in the history
  await insertReports(db, rows)
}

/** @returns how many are about known messages. */
async function insertReports(db: Queryable, given: ReportRow[]): Promise<number> {
  const { rows } = await db.execute<{ known: number }>(insert(given))
  return rows[0]!.known
}

function toRow({ push: id, suppress, ...report }: DeliveryReport): ReportRow[] {
  const about = readPushId(id)
  if (!about) return []
  const address = suppress && keptAddress(report.app, suppress.address)
  return [{ push: null, broadcast: null, pusher: null, ...about, ...report, address, cause: suppress?.reason ?? null }]
}

/**
 * A report may come before the outcome is recorded. Then a push already has its row, and a
 * recipient is in its open page. The rows are locked against a removal at the same time, which
 * would leave personal data behind. Only a new report suppresses, so that a repeated
 * one does not bring back what was lifted.
 */
function insert(rows: ReportRow[]) {
  const column = <T>(read: (row: ReportRow) => T) => sql.param(rows.map(read))
  return sql`
    with given as materialized (
      select * from unnest(
        ${column(({ app }) => app)}::int[], ${column(({ push }) => push)}::bigint[],
        ${column(({ broadcast }) => broadcast)}::bigint[], ${column(({ pusher }) => pusher)}::text[],
        ${column(({ event }) => reportEvents.indexOf(event))}::smallint[], ${column(({ id }) => id)}::text[],
        ${column(({ time }) => time)}::float8[], ${column(({ messageId }) => messageId)}::text[],
        ${column(({ reason }) => reason)}::text[], ${column(({ address }) => address?.hash ?? null)}::text[],
        ${column(({ address }) => address?.shown ?? null)}::text[], ${column(({ cause }) => cause)}::text[]
      ) as given (app, push_id, broadcast_id, pusher, event, event_id, time, message_id, reason, hash, shown, cause)
    ), unfinished as materialized (
      select id, app_id, sender, pusher from carillon.pushes where ${isReported} order by id for key share
    ), finished as materialized (
      select id, app_id, sender, pusher from carillon.finished_pushes where ${isReported} order by id for key share
    ), recipients as materialized (
      -- The limit makes each a look-up: without statistics the planner would rather read a million recipients
      select r.broadcast_id, r.pusher
      from (select distinct broadcast_id, pusher from given where broadcast_id is not null order by 1, 2) as g
      cross join lateral (
        select broadcast_id, pusher from carillon.broadcast_recipients
        where broadcast_id = g.broadcast_id and pusher = g.pusher limit 1 for key share) as r
    ), open_pages as materialized (
      select broadcast_id, pushers from carillon.broadcast_pages
      where broadcast_id = any(array(select broadcast_id from given where broadcast_id is not null)) and not done
      order by id for key share
    ), unrecorded as materialized (
      select broadcast_id, unnest(pushers) as pusher from open_pages
    ), known as materialized (
      select given.*, p.sender, p.pusher as recipient from given
      join (select * from unfinished union all select * from finished) as p on p.id = given.push_id and p.app_id = given.app
      union all
      select given.*, b.sender, given.pusher from given join carillon.broadcasts as b on b.id = given.broadcast_id and b.app_id = given.app
      where (b.id, given.pusher) in (select broadcast_id, pusher from recipients)
        or (b.id, given.pusher) in (select broadcast_id, pusher from unrecorded)
    ), recorded as (
      insert into carillon.delivery_reports (app_id, push_id, broadcast_id, pusher, event, event_id, at, message_id, reason)
      select app, push_id, broadcast_id, recipient, event, event_id, coalesce(to_timestamp(time), now()), message_id, reason
      from known where time is not null or not ${isStored}
      order by push_id, broadcast_id, pusher, event_id
      on conflict do nothing
      returning push_id, broadcast_id, pusher, event_id
    ), suppressed as (
      insert into carillon.suppressions (app_id, sender, address_hash, shown, reason)
      select distinct on (app, sender, hash) app, sender, hash, shown, cause
      from known join recorded on ${messageOf(sql`known`, sql`known.recipient`)} = ${messageOf(sql`recorded`, sql`recorded.pusher`)}
        and known.event_id = recorded.event_id
      where hash is not null
      order by app, sender, hash
      on conflict do nothing
    )
    select count(*)::int as known from known`
}

const isReported = sql`id = any(array(select push_id from given where push_id is not null)) and pusher <> ''`

/** Without the provider's time, the time of a repeated report differs from that of the first. */
const isStored = sql`exists (
  select from carillon.delivery_reports as r
  where r.event_id = known.event_id
    and (r.push_id = known.push_id or r.broadcast_id = known.broadcast_id and r.pusher = known.pusher))`

/** As text: nulls would keep the join from hashing. */
function messageOf(row: SQL, pusher: SQL): SQL {
  return sql`coalesce(${row}.push_id::text, ${row}.broadcast_id || '-' || ${pusher})`
}

interface ReportedRow extends Record<string, unknown> {
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
      join ${allPushes} on p.broadcast_id = r.broadcast_id and p.pusher = r.pusher where p.id = ${push}`,
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
  return db.execute<ReportedRow>(sql`
    select pusher, event, message_id as "messageId", reason, ${seconds(sql`at`)} as time
    from (${from}) as reports order by at, event, id limit ${MOST}`)
}

function toReported({ event, time, messageId, reason }: ReportedRow): Reported {
  return {
    event: reportEvents[event]!,
    time,
    ...(messageId !== null && { messageId }),
    ...(reason !== null && { reason }),
  }
}
