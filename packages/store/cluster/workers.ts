import { sql } from 'drizzle-orm'
import type { Database } from '../database.ts'

/** A worker that was not seen for this long (seconds) is gone. */
const WORKER_SILENCE_S = 15

/** Of a row of `workers`. */
export const isAlive = sql.raw(`seen_at > now() - interval '${WORKER_SILENCE_S} seconds'`)

/** A query: the senders that live workers run, each with how many run it. */
export const workersBySender = sql`
  select name, count(*)::int as workers from carillon.workers, unnest(senders) as name
  where ${isAlive} group by name`

interface WorkerRow {
  id: string
  senders: string[]
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
    async beat({ id, senders, host, pid }) {
      await db.execute(sql`
        insert into carillon.workers (id, senders, host, pid)
        values (${id}, ${sql.param(senders)}::text[], ${host}, ${pid})
        on conflict (id) do update set senders = excluded.senders, seen_at = now()`)
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
