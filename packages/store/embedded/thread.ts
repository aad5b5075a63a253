import { Worker } from 'node:worker_threads'
import { compilePostgres, setCompiler } from './compiler.ts'

/** What the thread answers once, when it is told its data directory. */
export type BootAnswer = { socketFolder: string; notices: string[] } | { failed: string }

/** The thread of an embedded database: it loads what it needs, and then waits for the path of a data directory. */
export function startThread(): Worker {
  setCompiler()
  return new Worker(new URL('./server.ts', import.meta.url), { workerData: compilePostgres() })
}
