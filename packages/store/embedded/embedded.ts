import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import { Pool } from 'pg'
import { lockDataDir } from './lock.ts'

/** The file name that pg expects inside a socket folder. */
const SOCKET_NAME = '.s.PGSQL.5432'
/** Unix socket paths may hold about 104 bytes. */
const LONGEST_SOCKET_PATH = 100

export interface EmbeddedPostgres {
  pool: Pool
  close(): Promise<void>
}

/**
 * Postgres (PGlite) inside this process, on `<dataDir>/postgres`. It survives a kill with every
 * acknowledged row, but never fsyncs: a power cut may cost the last ones.
 * @throws DataDirInUse when another process owns the directory.
 */
export async function openEmbedded(dataDir: string): Promise<EmbeddedPostgres> {
  const folder = resolve(dataDir, 'postgres')
  // Recipients and messages are nobody else's business on this machine.
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const socketFolder = await makeSocketFolder(resolve(dataDir))
  const socket = join(socketFolder, SOCKET_NAME)
  const unlock = await lockDataDir(resolve(dataDir), socket)
  const server = await startServer(folder, socket).catch(async (error: unknown) => {
    await unlock()
    throw error
  })
  const pool = onePool(socketFolder)
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
  await once(server, 'message')
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
  return new Pool({ host: socketFolder, user: 'postgres', database: 'postgres', max: 1, idleTimeoutMillis: 0 })
}
