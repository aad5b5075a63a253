import { Pool, type PoolConfig } from 'pg'
import { serverPlace } from './database-place.ts'
import { migrate } from './migrate.ts'
import { patient } from './patient-pool.ts'
import { checkServer } from './server-check.ts'
import { serverConfig } from './server-config.ts'
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

const DEFAULT_SIZE = 10

export interface OpenServer {
  pool: Pool
  /** Sentences about what works but should be put right. */
  notices: string[]
  close(): Promise<void>
}

/**
 * Connects to a Postgres server and brings its tables up to date.
 * @param max connections that are open at once
 * @throws SetupError.
 */
export async function openServer(url: string, max = DEFAULT_SIZE): Promise<OpenServer> {
  const notice = await prepare(url).catch((error: unknown) => {
    throw serverTrouble(error, url)
  })
  const pool = poolAt(url, WAIT_FOR_CONNECTION_MS, { max, query_timeout: WAIT_FOR_ANSWER_MS })
  return { pool, notices: notice === undefined ? [] : [notice], close: () => pool.end() }
}

/** Migrations may take as long as they need, also those of another process. */
async function prepare(url: string): Promise<string | undefined> {
  const pool = poolAt(url, WAIT_AT_START_MS, { max: 1 })
  pool.on('error', () => {}) // a statement that fails says enough
  try {
    const client = await pool.connect()
    const notice = await checkServer(client, url).finally(() => client.release())
    await migrate(pool, serverPlace(url))
    return notice
  } finally {
    await pool.end()
  }
}

function poolAt(url: string, patience: number, options: PoolConfig): Pool {
  const pool = new Pool({ ...serverConfig(url), ...options, connectionTimeoutMillis: patience })
  // The pool hears of idle connections that break. One in a transaction has no other listener, and would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return patient(pool, patience)
}
