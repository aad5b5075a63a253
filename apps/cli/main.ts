import { describeError } from './errors.ts'
import { processIo } from './io.ts'
import { createProgram } from './program.ts'

const io = processIo()

try {
  await createProgram(io).parseAsync()
} catch (error) {
  io.complain(`${describeError(error)}\n`)
  io.exit(1) // not left to the event loop: what did start before the error may hold it
}
