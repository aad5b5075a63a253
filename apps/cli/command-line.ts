import { describeError } from './errors.ts'
import { processIo } from './io.ts'
import { createProgram } from './program.ts'

const io = processIo()

// What ends a process that runs: a database that broke down, a plugin's stray throw.
process.on('uncaughtException', fail)

try {
  await createProgram(io).parseAsync()
} catch (error) {
  fail(error)
}

function fail(error: unknown): void {
  io.complain(`${describeError(error)}\n`)
  io.exit(1) // not left to the event loop: what did start before the error may hold it
}
