import pg from 'pg'
import { onTestFinished } from 'vitest'

/** What the database says about the pushes, asked past the product. */
export interface Rows {
  unfinished(): Promise<number>
  /** Pushes that some worker holds. */
  sending(): Promise<number>
  /** Workers whose heart beat just now. */
  liveWorkers(): Promise<number>
  /** Data of the dead pushes. */
  dead(): Promise<Set<string>>
  /** Cuts every connection but this one. @returns how many. */
  cutConnections(): Promise<number>
}

export function rowsOf(databaseUrl: string): Rows {
  const pool = new pg.Pool({ connectionString: databaseUrl, max: 1 })
  pool.on('error', () => {}) // the test itself may have cut it
  onTestFinished(() => pool.end())
  const count = async (statement: string) => (await pool.query<{ count: number }>(statement)).rows[0]!.count
  return {
    unfinished: () => count('select count(*)::int from carillon.pushes'),
    sending: () => count('select count(*)::int from carillon.pushes where state = 1'),
    liveWorkers: () => count(`select count(*)::int from carillon.workers where seen_at > now() - interval '7 seconds'`),
    dead: async () => {
      const { rows } = await pool.query<{ data: string }>('select data from carillon.finished_pushes where state = 3')
      return new Set(rows.map(({ data }) => data))
    },
    cutConnections: () =>
      count(`select count(pg_terminate_backend(pid))::int from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()`),
  }
}
