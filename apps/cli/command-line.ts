import type { Worker } from 'node:worker_threads'
import { fail } from './fail.ts'
import { processIo } from './io.ts'
import { createProgram } from './program.ts'

/** @param thread of an embedded database, where one was started ahead */
export async function runCommandLine(thread: Worker | undefined): Promise<void> {
  const io = processIo(thread)
  const end = (error: unknown) => fail(io, error)
  io.onUncaught(end)
  await createProgram(io).parseAsync().catch(end)
}
