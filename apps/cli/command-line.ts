import type { Worker } from 'node:worker_threads'
import { describeError } from './errors.ts'
import { processIo } from './io.ts'
import { createProgram } from './program.ts'

/** @param thread of an embedded database, where one was started ahead */
export async function runCommandLine(thread: Worker | undefined): Promise<void> {
  const io = processIo(thread)
  // What ends a process that runs: a database that broke down, a plugin's stray throw.
  process.on('uncaughtException', fail)
  await createProgram(io).parseAsync().catch(fail)

  function fail(error: unknown): void {
    io.complain(`${describeError(error)}\n`)
    io.exit(1) // not left to the event loop: what did start before the error may hold it
  }
}
