import { sql } from 'drizzle-orm'
import type { SenderReport } from '@carillon/contract'
import type { Database } from '../database.ts'

/** A worker that was not seen for this long (seconds) is gone. */
const WORKER_SILENCE_S = 15

/** Of a row of `workers`. */
export const isAlive = sql.raw(`seen_at > now() - interval '${WORKER_SILENCE_S} seconds'`)

/** A query: the senders that live workers run, each with how many run it. */
export const workersBySender = sql`
  select name, count(*)::int as workers from carillon.workers, unnest(senders) as name
  where ${isAlive} group by name`

/** A query: the senders that live workers cannot run, each with a sentence that says what is missing. */
export const missingBySender = sql`
  select key as name, min(value) as missing from carillon.workers, jsonb_each_text(missing)
  where ${isAlive} group by key`

interface WorkerRow {
  id: string
  /** Names of those that it runs. */
  senders: string[]
  /** By name of those that it cannot run, what is missing. */
  missing: Readonly<Record<string, string>>
  /** Of those that it runs. */
  reports: readonly SenderReport[]
  host: string
  pid: number
}

/** Which workers are alive, and what they run. */
export interface WorkerRepository {
  beat(worker: WorkerRow): Promise<void>
  leave(id: string): Promise<void>
  /** Names of the senders that some live worker runs. */
  liveSenders(): Promise<string[]>
}

export function workerRepository(db: Database): WorkerRepository {
  return {
    async beat({ id, senders, missing, reports, host, pid }) {
      await db.execute(sql`
        insert into carillon.workers (id, senders, missing, reports, host, pid)
        values (${id}, ${sql.param(senders)}::text[], ${JSON.stringify(missing)}::jsonb, ${JSON.stringify(reports)}::jsonb,
          ${host}, ${pid})
        on conflict (id) do update set senders = excluded.senders, reports = excluded.reports, seen_at = now()`)
    },
    async liveSenders() {
      const { rows } = await db.execute<{ name: string }>(workersBySender)
      return rows.map(({ name }) => name)
    },
    async leave(id) {
      await db.execute(sql`
        delete from carillon.workers where id = ${id} or seen_at < now() - ${4 * WORKER_SILENCE_S} * interval '1 second'`)
    },
  }
}

/** Rows that let one process at a time do something. Not advisory locks: embedded Postgres grants those to all. */
export interface LeaseRepository {
  /** True while `holder` has the lease, for `seconds` from now. */
  acquire(name: string, holder: string, seconds: number): Promise<boolean>
  release(name: string, holder: string): Promise<void>
}

export function leaseRepository(db: Database): LeaseRepository {
  return {
    async acquire(name, holder, seconds) {
      const { rows } = await db.execute(sql`
        insert into carillon.leases as lease (name, holder, until)
        values (${name}, ${holder}, now() + ${seconds} * interval '1 second')
        on conflict (name) do update set holder = excluded.holder, until = excluded.until
          where lease.until < now() or lease.holder = excluded.holder
        returning name`)
      return rows.length === 1
    },
    async release(name, holder) {
      await db.execute(sql`delete from carillon.leases where name = ${name} and holder = ${holder}`)
    },
  }
}
