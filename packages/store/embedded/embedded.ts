import type { Worker } from 'node:worker_threads'
import { type ClientBase, type DatabaseError, Pool } from 'pg'
import { SetupError } from '@carillon/contract'
import { diskFull, isDiskFull } from '../open/disk.ts'
import type { EmbeddedBoot } from './boot.ts'

/** Whoever waits for the statement that failed is told so first. */
const LAST_ANSWERS_MS = 200

export interface EmbeddedPostgres {
  pool: Pool
  /** Sentences for the log. */
  notices: string[]
  close(): Promise<void>
}

/** The embedded Postgres, once it has booted. @throws as its boot does */
export async function embeddedPostgres(boot: EmbeddedBoot): Promise<EmbeddedPostgres> {
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
 * Where a connection follows another, the session is the same: what that one prepared would stand in the way. The pool
 * waits for it, which its types do not say.
 */
function forgetPrepared(client: ClientBase): unknown {
  return client.query('deallocate all')
}

/**
 * After a panic, which a full disk can cause, this database never answers again, and whoever asked would wait for ever.
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
    throw new SetupError(`The embedded database in ${dataDir} broke down; start again.`, { cause: error })
  }
}
