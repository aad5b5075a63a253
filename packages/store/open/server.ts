import { Pool, type PoolConfig } from 'pg'
import { serverPlace } from './database-place.ts'
import { migrate } from './migrate.ts'
import { serverTrouble } from './server-trouble.ts'

/** For a new connection as well as for a busy one to become free. */
const WAIT_FOR_CONNECTION_MS = 15_000
/** At start somebody waits to be told. */
const WAIT_AT_START_MS = 8000
/**
 * Longer than any statement takes. A connection that leads nowhere is never closed by itself: without
 * this its statements, and whoever waits for them, would wait for ever.
 */
const WAIT_FOR_ANSWER_MS = 15_000

/**
 * Connects to a Postgres server and brings its tables up to date.
 * @throws SetupError.
 */
export async function openServer(url: string): Promise<{ pool: Pool; close(): Promise<void> }> {
  await migrateAt(url).catch((error: unknown) => {
    throw serverTrouble(error, url)
  })
  const pool = poolAt(url, {
    max: 10,
    connectionTimeoutMillis: WAIT_FOR_CONNECTION_MS,
    query_timeout: WAIT_FOR_ANSWER_MS,
  })
  return { pool, close: () => pool.end() }
}

/** Migrations may take as long as they need, also those of another process. */
async function migrateAt(url: string): Promise<void> {
  const pool = poolAt(url, { max: 1, connectionTimeoutMillis: WAIT_AT_START_MS })
  pool.on('error', () => {}) // a statement that fails says enough
  try {
    await migrate(pool, serverPlace(url))
  } finally {
    await pool.end()
  }
}

function poolAt(connectionString: string, options: PoolConfig): Pool {
  const pool = new Pool({ ...options, connectionString, keepAlive: true })
  // The pool hears of idle connections that break. One in a transaction has no other listener, and would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
