import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { Worker } from 'node:worker_threads'
import { SetupError } from '@carillon/contract'

/** What the thread answers once, after it received its data directory. */
export type BootAnswer =
  | { socketFolder: string; notices: string[] }
  | { failed: string }
  | { inUseBy: string; remedy: string }

/** Another process has the data directory open. */
export class DataDirInUseError extends SetupError {
  /** Such as `process 4711`. */
  readonly owner: string
  readonly remedy: string
  constructor(dataDir: string, owner: string, remedy = 'Stop that one first, or set DATA_DIR to another directory.') {
    super(`The data directory ${dataDir} is in use by ${owner}. ${remedy}`)
    this.owner = owner
    this.remedy = remedy
  }
}

/** Whether a data directory has a database. Without one, the next start is its first. */
export function hasDatabase(dataDir: string): boolean {
  return existsSync(join(resolve(dataDir), 'postgres'))
}

/** Postgres (PGlite) in a thread of this process, for one connection at a time. */
interface EmbeddedServer {
  /** Where pg finds its socket. */
  socketFolder: string
  /** Sentences for the log. */
  notices: string[]
  thread: Worker
}

/**
 * The embedded Postgres of a data directory on its way, in `<dataDir>/postgres`. It survives a kill with every
 * acknowledged row, but never fsyncs: a power cut may cost the last ones.
 *
 * It takes half a second in another thread. Meanwhile this thread can load the modules that use it, and while it loads
 * nothing else runs in it: so the first steps await nothing that they need not await.
 */
export class EmbeddedBoot {
  /** Absolute. */
  readonly dataDir: string
  readonly #thread: Worker
  readonly #answered: Promise<BootAnswer>
  #server: Promise<EmbeddedServer> | undefined
  #closed: Promise<unknown> | undefined

  /** A database that is not there yet is made once it is asked for: until then a start may still fail. */
  constructor(dataDir: string) {
    limitCompiler()
    this.dataDir = resolve(dataDir)
    this.#thread = new Worker(new URL('./server.ts', import.meta.url))
    this.#answered = answerOf(this.#thread, this.dataDir)
    if (hasDatabase(this.dataDir)) this.server().catch(() => {}) // server() rejects for its callers
  }

  /** @throws SetupError: it is damaged, or another process owns the directory */
  server(): Promise<EmbeddedServer> {
    this.#server ??= serve(this.#thread, this.#answered, this.dataDir)
    return this.#server
  }

  /** Ends the server if it has started, and releases the directory. May be called again. */
  async close(): Promise<void> {
    this.#closed ??= this.#server ? this.#server.then(end, () => {}) : this.#thread.terminate()
    await this.#closed
  }
}

async function serve(thread: Worker, answered: Promise<BootAnswer>, dataDir: string): Promise<EmbeddedServer> {
  try {
    thread.postMessage(dataDir)
    const answer = await answered
    if ('inUseBy' in answer) throw new DataDirInUseError(dataDir, answer.inUseBy, answer.remedy)
    if ('failed' in answer) throw new SetupError(answer.failed)
    return { ...answer, thread }
  } catch (error) {
    await thread.terminate()
    throw error
  }
}

function answerOf(thread: Worker, dataDir: string): Promise<BootAnswer> {
  const ended = once(thread, 'exit').then(() => {
    throw new SetupError(`The embedded database in ${dataDir} ended while it started.`)
  })
  ended.catch(() => {}) // after the start, others notice its end
  const answered = Promise.race([once(thread, 'message').then(([answer]) => answer as BootAnswer), ended])
  answered.catch(() => {}) // it may reject before anybody awaits it
  return answered
}

/** The thread releases the directory once its database is closed. */
async function end({ thread }: EmbeddedServer): Promise<void> {
  const exit = once(thread, 'exit')
  thread.postMessage('stop')
  await exit
}

/** Bytes of memory from which V8's optimizing compiler has enough room. */
const ROOMY = 2 * 2 ** 30

/** V8's names for: use the baseline compiler alone. At run time, none of these flags implies the others. */
const BASELINE_ONLY = ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering']

/** V8's flags for a machine or a container with this many bytes of memory. */
export function compilerFlags(memory: number): readonly string[] {
  return memory < ROOMY ? BASELINE_ONLY : []
}

/**
 * V8 needs 600 MB for a second to optimize the largest function of Postgres, and a process that cannot get them is
 * killed. On a small machine Postgres therefore stays as the baseline compiler made it, which is a third slower.
 *
 * This applies to the whole process. Call it before an embedded database boots.
 */
function limitCompiler(): void {
  for (const flag of compilerFlags(machineMemory())) setFlagsFromString(flag)
}

function machineMemory(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Infinity)
}
