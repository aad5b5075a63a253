import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { type ClientBase, type DatabaseError, Pool } from 'pg'
import { SetupError } from '@carillon/contract'
import type { EmbeddedBoot } from './boot.ts'
import { damaged } from './damage.ts'
import { embeddedPlace } from '../open/database-place.ts'
import { diskFull, isDiskFull } from '../open/disk.ts'
import { rootCause } from '../open/faults.ts'
import { migrate } from '../open/migrate.ts'
import { prepareTables } from '../open/released.ts'

/** A file of the database is missing, or does not hold what it should. */
const DAMAGE = /^(?:58P01|58030|XX00[12])$/

/** Gives the caller of the failed statement time to receive its error. */
const LAST_ANSWERS_MS = 200

interface EmbeddedPostgres {
  pool: Pool
  /** Sentences for the log. */
  notices: string[]
  close(): Promise<void>
}

/**
 * Opens the embedded Postgres that boots, and brings its tables up to date.
 * @throws SetupError: the directory is another process's, or the database is damaged.
 */
export async function openEmbedded(boot: EmbeddedBoot): Promise<EmbeddedPostgres> {
  try {
    return await ready(await embeddedPostgres(boot), join(boot.dataDir, 'postgres'))
  } catch (error) {
    if (isDiskFull(error)) throw diskFull(boot.dataDir, error)
    const { code = '', message = code } = rootCause(error)
    throw DAMAGE.test(code) ? damaged(join(boot.dataDir, 'postgres'), message, error) : error
  }
}

async function ready(embedded: EmbeddedPostgres, folder: string): Promise<EmbeddedPostgres> {
  try {
    await migrate(embedded.pool, embeddedPlace(folder))
    await prepareTables(embedded.pool)
    await endLeases(embedded.pool)
    return embedded
  } catch (error) {
    await embedded.close()
    throw error
  }
}

/** The embedded database has one process: any lease that it finds is its predecessor's. */
async function endLeases(pool: Pool): Promise<void> {
  await pool.query(`
    update carillon.pushes set lease_until = now() where lease_until is not null;
    update carillon.broadcast_pages set lease_until = now() where not done;
    delete from carillon.leases;
    delete from carillon.workers`)
}

/** The embedded Postgres, once it has booted. @throws as its boot does */
async function embeddedPostgres(boot: EmbeddedBoot): Promise<EmbeddedPostgres> {
  const { socketFolder, notices, thread } = await boot.server()
  const pool = onePool(socketFolder)
  endWithDatabase(pool, thread, boot.dataDir)
  const close = async () => {
    await pool.end()
    await boot.close()
  }
  return { pool, notices, close }
}

/**
 * Exactly one connection: with more, the socket server mixes the messages of different
 * connections in the one session they share, and rows land in the wrong table
 * (electric-sql/pglite#1046).
 */
function onePool(socketFolder: string): Pool {
  return new Pool({
    host: socketFolder,
    user: 'postgres',
    database: 'postgres',
    max: 1,
    idleTimeoutMillis: 0,
    onConnect: forgetPrepared,
  })
}

/**
 * A connection that follows another uses the same session, in which the prepared statements of the first would conflict.
 * The pool waits for the returned promise, although its types do not show this.
 */
function forgetPrepared(client: ClientBase): unknown {
  return client.query('deallocate all')
}

/**
 * After a panic, which a full disk can cause, this database never answers again, and its callers would wait for ever.
 * Its files are as after a kill: nothing that was acknowledged is missing. So the process ends, with a sentence.
 */
function endWithDatabase(pool: Pool, thread: Worker, dataDir: string): void {
  pool.on('connect', ({ connection }) => {
    connection.on('errorMessage', (error: DatabaseError) => {
      if (error.severity === 'PANIC') setTimeout(() => fail(error), LAST_ANSWERS_MS)
    })
  })
  thread.on('error', fail)

  function fail(error: unknown): never {
    if (isDiskFull(error)) throw diskFull(dataDir, error)
    throw new SetupError(`The embedded database in ${dataDir} failed; restart Carillon.`, { cause: error })
  }
}
