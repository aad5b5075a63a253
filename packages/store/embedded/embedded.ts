import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import { type ClientBase, type DatabaseError, Pool } from 'pg'
import { SetupError } from '@carillon/contract'
import { diskFull, isDiskFull } from '../open/disk.ts'
import { lockDataDir } from './lock.ts'

/** Whoever waits for the statement that failed is told so first. */
const LAST_ANSWERS_MS = 200
/** The file name that pg expects inside a socket folder. */
const SOCKET_NAME = '.s.PGSQL.5432'
/** Unix socket paths may hold about 104 bytes. */
const LONGEST_SOCKET_PATH = 100

export interface EmbeddedPostgres {
  pool: Pool
  close(): Promise<void>
}

/**
 * Postgres (PGlite) inside this process, on `<dataDir>/postgres`, which is there. It survives a kill with every
 * acknowledged row, but never fsyncs: a power cut may cost the last ones.
 * @throws DataDirInUse when another process owns the directory.
 */
export async function startEmbedded(dataDir: string): Promise<EmbeddedPostgres> {
  const socketFolder = await makeSocketFolder(dataDir)
  const socket = join(socketFolder, SOCKET_NAME)
  const unlock = await lockDataDir(dataDir, socket)
  const server = await startServer(join(dataDir, 'postgres'), socket).catch(async (error: unknown) => {
    await unlock()
    throw error
  })
  const pool = onePool(socketFolder)
  endWithDatabase(pool, server, dataDir)
  const close = async () => {
    await pool.end()
    await stopServer(server)
    await unlock()
  }
  return { pool, close }
}

async function makeSocketFolder(dataDir: string): Promise<string> {
  if (join(dataDir, SOCKET_NAME).length <= LONGEST_SOCKET_PATH) return dataDir
  const folder = join(tmpdir(), `carillon-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  return folder
}

async function startServer(folder: string, socket: string): Promise<Worker> {
  const server = new Worker(new URL('./server.ts', import.meta.url), { workerData: { folder, socket } })
  const ended = once(server, 'exit').then(() => {
    throw new SetupError(`The embedded database in ${folder} ended while it started.`)
  })
  await Promise.race([once(server, 'message'), ended])
  ended.catch(() => {}) // later its end is noticed otherwise
  return server
}

async function stopServer(server: Worker): Promise<void> {
  const exit = once(server, 'exit')
  server.postMessage('stop')
  await exit
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
function endWithDatabase(pool: Pool, server: Worker, dataDir: string): void {
  pool.on('connect', ({ connection }) => {
    connection.on('errorMessage', (error: DatabaseError) => {
      if (error.severity === 'PANIC') setTimeout(() => fail(error), LAST_ANSWERS_MS)
    })
  })
  server.on('error', fail)

  function fail(error: unknown): never {
    if (isDiskFull(error)) throw diskFull(dataDir, error)
    throw new SetupError(`The embedded database in ${dataDir} broke down; start again.`, { cause: error })
  }
}
