import { Pool, type PoolClient, type PoolConfig } from 'pg'
import { SetupError } from '@carillon/contract'
import { partsOf, serverPlace } from './database-place.ts'
import { migrate } from './migrate.ts'
import { prepareTables } from './released.ts'
import { patient } from './patient-pool.ts'
import { serverTrouble } from './server-trouble.ts'

/** For a new connection as well as for a busy one to become free. */
const WAIT_FOR_CONNECTION_MS = 15_000
/** Shorter at start, where somebody waits for the result. */
const WAIT_AT_START_MS = 8000
/**
 * Longer than any statement takes. A connection that leads nowhere is never closed by itself: without
 * this its statements and their callers would wait for ever.
 */
const WAIT_FOR_ANSWER_MS = 15_000

const DEFAULT_SIZE = 10

interface OpenServer {
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
    await prepareTables(pool)
    return notice
  } finally {
    await pool.end()
  }
}

function poolAt(url: string, timeout: number, options: PoolConfig): Pool {
  const pool = new Pool({ ...serverConfig(url), ...options, connectionTimeoutMillis: timeout })
  // The pool is notified of idle connections that break. One in a transaction has no other listener, and would end the process.
  pool.on('connect', (client) => client.on('error', () => {}))
  return patient(pool, timeout)
}

/** The first version that generates UUIDs without an extension. */
const OLDEST = 13
/** As long as Carillon waits for an answer. */
const LONGEST_STATEMENT_S = 15

interface Facts {
  version: number
  read_only: boolean
  timeout: number
}

const FACTS = `
  select current_setting('server_version_num')::int as version, current_setting('transaction_read_only')::bool as read_only,
    extract(epoch from current_setting('statement_timeout')::interval)::float8 as timeout`

/**
 * @returns a sentence about what works but should be put right, if there is anything
 * @throws SetupError for a server that Carillon cannot work with.
 */
async function checkServer(client: PoolClient, url: string): Promise<string | undefined> {
  const { address, user } = partsOf(url)
  const { rows } = await client.query<Facts>(FACTS)
  const { version, read_only: isReadOnly, timeout } = rows[0]!
  const major = Math.floor(version / 10_000)
  if (major < OLDEST)
    throw new SetupError(`Postgres at ${address} is too old (${major}): Carillon needs ${OLDEST} or newer.`)
  if (isReadOnly) throw Object.assign(new Error('read-only'), { code: '25006' })
  if (timeout === 0 || timeout >= LONGEST_STATEMENT_S) return undefined
  return (
    `Postgres ends statements of the user ${user} after ${timeout} s (statement_timeout), and longer statements fail: ` +
    `set it to at least ${LONGEST_STATEMENT_S} s for this user, or to 0.`
  )
}

/** Those of libpq that the driver reads as `verify-full` already, but writes a warning to the console about. */
const VERIFYING = /([?&]sslmode=)(?:prefer|require|verify-ca)(?=&|$)/

/** What the driver is given for a URL. A certificate is always checked, except with `sslmode=no-verify`. */
function serverConfig(url: string): PoolConfig {
  const isLibpq = /[?&]uselibpqcompat=true(?:&|$)/.test(url)
  return { connectionString: isLibpq ? url : url.replace(VERIFYING, '$1verify-full'), keepAlive: true }
}
