import { once } from 'node:events'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { SetupError } from '@carillon/contract'
import { requireRoom } from '../open/disk.ts'
import { lockDataDir } from './lock.ts'
import { type ServerPlace, startThread } from './thread.ts'

/** The file name that pg expects inside a socket folder. */
const SOCKET_NAME = '.s.PGSQL.5432'
/** Unix socket paths may hold about 104 bytes. */
const LONGEST_SOCKET_PATH = 100

/** Postgres (PGlite) in a thread of this process, for one connection at a time. */
export interface EmbeddedServer {
  /** Where pg finds its socket. */
  socketFolder: string
  thread: Worker
}

interface Booted extends EmbeddedServer {
  unlock(): Promise<void>
}

/**
 * The embedded Postgres of a data directory on its way, in `<dataDir>/postgres`. It survives a kill with every
 * acknowledged row, but never fsyncs: a power cut may cost the last ones.
 *
 * It takes half a second of another thread; this one can load meanwhile what is going to ask it. So what comes first is
 * not awaited, where it need not be: whoever loads lets nothing else happen.
 */
export class EmbeddedBoot {
  /** Absolute. */
  readonly dataDir: string
  readonly #thread: Worker
  readonly #started: Promise<unknown>
  #server: Promise<Booted> | undefined
  #closed: Promise<unknown> | undefined

  /**
   * A database that is not there yet is made once it is asked for: until then a start may still fail.
   * @param thread where one was started ahead
   */
  constructor(dataDir: string, thread = startThread()) {
    this.dataDir = resolve(dataDir)
    this.#thread = thread
    this.#started = hasStarted(thread, this.dataDir)
    if (existsSync(folderIn(this.dataDir))) this.server().catch(() => {}) // whoever asks for it is told
  }

  /** @throws SetupError; DataDirInUse when another process owns the directory */
  server(): Promise<EmbeddedServer> {
    this.#server ??= serve(this.#thread, this.#started, this.dataDir)
    return this.#server
  }

  /** Ends the server, where there is one by then, and lets go of the directory. May be called again. */
  async close(): Promise<void> {
    this.#closed ??= this.#server ? this.#server.then(end, () => {}) : this.#thread.terminate()
    await this.#closed
  }
}

async function serve(thread: Worker, started: Promise<unknown>, dataDir: string): Promise<Booted> {
  try {
    const { place, socketFolder, unlock } = await takeDataDir(dataDir)
    thread.postMessage(place)
    await started.catch((error: unknown) => unlock().then(() => Promise.reject(error)))
    return { socketFolder, thread, unlock }
  } catch (error) {
    await thread.terminate()
    throw error
  }
}

function hasStarted(thread: Worker, dataDir: string): Promise<unknown> {
  const ended = once(thread, 'exit').then(() => {
    throw new SetupError(`The embedded database in ${dataDir} ended while it started.`)
  })
  ended.catch(() => {}) // later its end is noticed otherwise
  const started = Promise.race([once(thread, 'message'), ended])
  started.catch(() => {}) // perhaps before somebody waits for it
  return started
}

async function end({ thread, unlock }: Booted): Promise<void> {
  const exit = once(thread, 'exit')
  thread.postMessage('stop')
  await exit
  await unlock()
}

/** @throws SetupError, DataDirInUse */
async function takeDataDir(dataDir: string) {
  const folder = folderIn(dataDir)
  // Recipients and messages are nobody else's business on this machine.
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  requireRoom(dataDir)
  const socketFolder = makeSocketFolder(dataDir)
  const place: ServerPlace = { folder, socket: join(socketFolder, SOCKET_NAME) }
  return { place, socketFolder, unlock: await lockDataDir(dataDir, place.socket) }
}

function makeSocketFolder(dataDir: string): string {
  if (join(dataDir, SOCKET_NAME).length <= LONGEST_SOCKET_PATH) return dataDir
  const folder = join(tmpdir(), `carillon-${createHash('sha256').update(dataDir).digest('hex').slice(0, 16)}`)
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  return folder
}

function folderIn(dataDir: string): string {
  return join(dataDir, 'postgres')
}
