import { Worker } from 'node:worker_threads'
import { compilePostgres, setCompiler } from './compiler.ts'

/** What the thread is told. */
export interface ServerPlace {
  /** Of the database. */
  folder: string
  /** Where it listens. */
  socket: string
}

/** The thread of an embedded database: it loads what it needs, and then waits for a `ServerPlace`. */
export function startThread(): Worker {
  setCompiler()
  return new Worker(new URL('./server.ts', import.meta.url), { workerData: compilePostgres() })
}
