import { fail } from './errors.ts'
import { processIo } from './io.ts'
import { createProgram } from './program.ts'

const io = processIo()
const end = (error: unknown) => fail(io, error)
io.onUncaught(end)
await createProgram(io).parseAsync().catch(end)
