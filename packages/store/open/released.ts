import { type SQL, sql } from 'drizzle-orm'
import { drizzle } from 'drizzle-orm/node-postgres'
import type { Pool } from 'pg'
import { makeDays } from '../days.ts'
import type { Queryable } from '../database.ts'

/** Any constant of our own. Processes that start together move the rows one after another. */
const MOVING_LOCK = 6_001_2023
/** Rows of one transaction: some 100 ms. */
const BATCH = 5000

/** What a start does after the migrations: it moves the rows of older tables, and makes partitions for the next days. */
export async function prepareTables(pool: Pool): Promise<void> {
  const client = await pool.connect()
  try {
    const db = drizzle(client)
    await moveReleased(db)
    await makeDays(db)
  } finally {
    client.release()
  }
}

/**
 * Moves what the tables of the release 0.1 hold into those of this version, which the migration `0002_finished` has made
 * beside them. A batch is a transaction, so a start that ends meanwhile loses nothing and the next one continues. A table
 * that is empty is dropped. Workers of the older version must not run.
 */
async function moveReleased(db: Queryable): Promise<void> {
  if (!(await isThere(db, 'released_delivery_reports'))) return
  await makeDays(db, undefined, await firstDay(db))
  // The reports last, since they are completed from the pushes
  for (const move of MOVES) while (await moveBatch(db, move));
}

/** Not `to_regclass`, which may still find what another process has dropped. */
async function isThere(db: Queryable, table: string): Promise<boolean> {
  const { rowCount } = await db.execute(
    sql`select from pg_tables where schemaname = 'carillon' and tablename = ${table}`,
  )
  return rowCount === 1
}

/** The Unix day of what ended first, as far as rows are kept at all: partitions for more would be in everybody's way. */
async function firstDay(db: Queryable): Promise<number | undefined> {
  return whileNobodyMoves(db, async (tx) => {
    if (!(await isThere(tx, 'released_pushes'))) return undefined
    const { rows } = await tx.execute<{ day: number | null }>(sql`
      select floor(extract(epoch from min(finished_at)) / 86400)::int as day
      from carillon.released_pushes where finished_at > now() - interval '60 days'`)
    return rows[0]!.day ?? undefined
  })
}

/** Runs a transaction in which no other process drops a table. */
function whileNobodyMoves<T>(db: Queryable, run: (tx: Queryable) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(${sql.raw(String(MOVING_LOCK))})`)
    return run(tx)
  })
}

/** @returns whether there is more. */
async function moveBatch(db: Queryable, { table, key, write }: Move): Promise<boolean> {
  return whileNobodyMoves(db, async (tx) => {
    if (!(await isThere(tx, table))) return false // another process was faster
    const from = sql`carillon.${sql.identifier(table)}`
    const { rows } = await tx.execute<{ moved: number }>(sql`
      with batch as (
        delete from ${from} where ctid = any(array(select ctid from ${from} order by ${key} limit ${BATCH})) returning *
      ), ${write}
      select count(*)::int as moved from batch`)
    if (rows[0]!.moved > 0) return true
    await tx.execute(sql`drop table ${from}`)
    return false
  })
}

/** Those that both kinds of pushes had in that release. */
const pushColumns = sql`id, app_id, sender, name, pusher, data, force, priority, broadcast_id, attempt, ttl, taken_at, scheduled_at,
  accepted_at, trace_parent`
const unfinishedColumns = sql`${pushColumns}, due_at, state, failures, reason, lease_until, again_at, expires_at`
const finishedColumns = sql`${pushColumns}, due_at, state, failures, reason, message_id, finished_at`
const reportColumns = sql`id, push_id, broadcast_id, event, event_id, at, message_id, reason`

interface Move {
  table: string
  /** Its primary key. Without an order, each batch would read past all that was moved before. */
  key: SQL
  /** Writes what a `batch` holds. */
  write: SQL
}

const MOVES: readonly Move[] = [
  {
    table: 'released_pushes',
    key: sql`id`,
    write: sql`unfinished as (
      insert into carillon.pushes (${unfinishedColumns}) overriding system value
      select ${unfinishedColumns} from batch where finished_at is null order by id
    ), finished as (
      insert into carillon.finished_pushes (${finishedColumns})
      select ${finishedColumns} from batch where finished_at is not null order by id
    )`,
  },
  {
    table: 'released_broadcast_recipients',
    key: sql`broadcast_id, pusher`,
    write: sql`moved as (
      insert into carillon.broadcast_recipients (broadcast_id, pusher, outcome, message_id)
      select broadcast_id, pusher, outcome, message_id from batch order by broadcast_id, pusher
    )`,
  },
  {
    table: 'released_push_events',
    key: sql`push_id, id`,
    write: sql`moved as (
      insert into carillon.push_events (push_id, id, event, attempt, at, due_at, reason)
      select push_id, id, event, attempt, at, due_at, reason from batch order by id
    )`,
  },
  {
    table: 'released_delivery_reports',
    key: sql`id`,
    write: sql`about as (
      select batch.id, p.app_id, p.pusher from batch join carillon.pushes as p on p.id = batch.push_id
      union all
      select batch.id, p.app_id, p.pusher from batch join carillon.finished_pushes as p on p.id = batch.push_id
      union all
      select batch.id, b.app_id, batch.pusher from batch join carillon.broadcasts as b on b.id = batch.broadcast_id
    ), moved as (
      insert into carillon.delivery_reports (${reportColumns}, app_id, pusher)
      select ${reportColumns}, about.app_id, about.pusher
      from (select ${reportColumns} from batch) as batch join about using (id) order by id
    )`,
  },
]
