import { type SQL, sql } from 'drizzle-orm'
import { errorCode } from '@carillon/contract'
import type { Queryable } from './database.ts'

/**
 * Tables of what is over, by the column whose day decides on a row's partition. Removing a day is dropping a partition,
 * whose cost does not depend on its rows. Each table has a partition for rows of days without one, from which rows are
 * deleted.
 */
const TIMED = { finished_pushes: 'finished_at', push_events: 'at', delivery_reports: 'at' } as const
type TimedTable = keyof typeof TIMED
const timedTables = Object.keys(TIMED) as TimedTable[]

/** Partitioned by the id of the broadcast, which begins with the day on which that was accepted. */
const RECIPIENTS = 'broadcast_recipients'
/** Ids of broadcasts in a day. */
const IDS_OF_DAY = 1_000_000_000

type Table = TimedTable | typeof RECIPIENTS

const DAY_S = 86_400
/** Partitions that are made ahead, so that one is there at midnight even if no worker runs. */
const AHEAD = 3
/** Whatever is kept for years has partitions of several days: each statement about the history looks into all of them. */
const MOST_PARTITIONS = 60
/** Rows of one step, where they are deleted one by one. */
const STEP = 5000
/** Making or dropping a partition waits for the statements that use its table, and new ones wait behind it. */
const IMPATIENT = sql`set local lock_timeout = '2s'`
/** Any constant of our own: processes make partitions one after another. */
const DAYS_LOCK = 6_001_2022

/** Days that a partition spans. @param retention seconds */
function widthFor(retention: number): number {
  return Math.max(1, Math.ceil(retention / DAY_S / MOST_PARTITIONS))
}

/**
 * Makes the partitions of today and the next days.
 * @param retention seconds that rows are kept
 * @param from the first day, as Unix days; default today
 */
export async function makeDays(db: Queryable, retention = DAY_S, from = today()): Promise<void> {
  const width = widthFor(retention)
  const until = today() + AHEAD * width
  const made = await partitions(db)
  for (const table of [...timedTables, RECIPIENTS] as const) {
    const firstMissing = Math.max(from, ...made.filter((each) => each.table === table).map((each) => each.until))
    for (let day = firstMissing; day < until; day += width) await makePartition(db, table, day, day + width)
  }
}

async function makePartition(db: Queryable, table: Table, from: number, until: number): Promise<void> {
  const name = sql.identifier(`${table}_${dateOf(from).replaceAll('-', '')}`)
  const bound = (day: number) => sql.raw(table === RECIPIENTS ? `${day * IDS_OF_DAY}` : `'${dateOf(day)} 00:00:00+00'`)
  try {
    await db.transaction(async (tx) => {
      await tx.execute(IMPATIENT)
      await tx.execute(sql`select pg_advisory_xact_lock(${sql.raw(String(DAYS_LOCK))})`)
      await tx.execute(sql`
        create table if not exists carillon.${name} partition of carillon.${sql.identifier(table)}
        for values from (${bound(from)}) to (${bound(until)})`)
    })
  } catch (error) {
    if (!isExpected(error)) throw error
  }
}

/**
 * Another process has made it with another width; rows of that day are without a partition already, and stay there; or a
 * statement took longer than the wait for the lock. The next round tries again.
 */
function isExpected(error: unknown): boolean {
  return ['42P17', '23514', '55P03'].includes(errorCode(error))
}

/**
 * Removes some of the pushes, events and reports that are older than `retention` seconds: a day at a time, and some rows of
 * days without a partition.
 * @returns whether there is more
 */
export async function removeDays(db: Queryable, retention: number): Promise<boolean> {
  const over = (await partitions(db)).filter(({ until }) => isOver(until, retention))
  let more = false
  for (const table of timedTables) {
    const old = over.filter((each) => each.table === table)
    if (old[0]) await dropPartition(db, old[0].name)
    const deleted = await deleteRows(db, table, retention)
    more ||= old.length > 1 || deleted === STEP
  }
  return more
}

/**
 * Removes the oldest day of broadcasts, with their recipients, if all of them ended longer ago than `retention` seconds.
 * @returns whether there was one
 */
export async function removeDayOfBroadcasts(db: Queryable, retention: number): Promise<boolean> {
  for (const { table, name, from, until } of await partitions(db)) {
    if (table !== RECIPIENTS || !isOver(until, retention)) continue
    const theirs = sql`id >= ${from * IDS_OF_DAY}::bigint and id < ${until * IDS_OF_DAY}::bigint`
    const { rowCount } = await db.execute(sql`
      select from carillon.broadcasts where ${theirs} and ${isKept(retention)} limit 1`)
    if (rowCount === 0)
      return dropPartition(db, name, sql`delete from carillon.broadcasts where ${theirs} and not ${isKept(retention)}`)
  }
  return false
}

/** Names of partitions whose rows are all written: those of days before yesterday, and of the next days, which have none. */
export async function quietPartitions(db: Queryable): Promise<string[]> {
  const quiet = (await partitions(db)).filter(({ from, until }) => until < today() || from > today())
  return quiet.map(({ name }) => name)
}

function isKept(retention: number): SQL {
  return sql`(finished_at is null or finished_at >= now() - ${retention} * interval '1 second')`
}

function isOver(until: number, retention: number): boolean {
  return until * DAY_S <= Date.now() / 1000 - retention
}

/** @returns false: another statement held the table for too long. */
async function dropPartition(db: Queryable, name: string, first?: SQL): Promise<boolean> {
  try {
    await db.transaction(async (tx) => {
      await tx.execute(IMPATIENT)
      if (first) await tx.execute(first)
      await tx.execute(sql`drop table if exists carillon.${sql.identifier(name)}`)
    })
    return true
  } catch (error) {
    if (errorCode(error) !== '55P03') throw error
    return false
  }
}

async function deleteRows(db: Queryable, table: TimedTable, retention: number): Promise<number> {
  const rest = sql`carillon.${sql.identifier(`${table}_rest`)}`
  const { rowCount } = await db.execute(sql`
    delete from ${rest} where ctid = any(array(
      select ctid from ${rest} where ${sql.identifier(TIMED[table])} < now() - ${retention} * interval '1 second'
      limit ${STEP} for update skip locked))`)
  return rowCount ?? 0
}

interface Partition extends Record<string, unknown> {
  table: Table
  name: string
  /** Unix days. */
  from: number
  /** The same, exclusive. */
  until: number
}

/** Of all tables, oldest first, without those for the rest. */
async function partitions(db: Queryable): Promise<Partition[]> {
  const day = (bound: SQL) => sql`(case "table" when ${RECIPIENTS} then ${bound}::bigint / ${IDS_OF_DAY}::bigint
    else extract(epoch from ${bound}::timestamptz) / ${DAY_S} end)::int`
  const { rows } = await db.execute<Partition>(sql`
    select "table", name, ${day(sql`bounds[1]`)} as from, ${day(sql`bounds[2]`)} as until
    from (
      select parent.relname as "table", part.relname as name,
        regexp_match(pg_get_expr(part.relpartbound, part.oid), $$FROM [(]'([^']+)'[)] TO [(]'([^']+)'[)]$$) as bounds
      from pg_inherits join pg_class as parent on parent.oid = inhparent join pg_class as part on part.oid = inhrelid
      where parent.relnamespace = 'carillon'::regnamespace and parent.relkind = 'p'
    ) as partitions
    where bounds is not null
    order by until, name`)
  return rows
}

function today(): number {
  return Math.floor(Date.now() / 1000 / DAY_S)
}

function dateOf(day: number): string {
  return new Date(day * DAY_S * 1000).toISOString().slice(0, 10)
}
