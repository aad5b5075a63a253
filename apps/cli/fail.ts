import { senderScope } from '@carillon/contract'
import { describeError } from './errors.ts'
import type { Io } from './io.ts'

/** Ends the process by an error: of a command, of a role that runs such as a database that broke down, or of a sender that is being loaded. */
export function fail(io: Pick<Io, 'complain' | 'exit'>, error: unknown): void {
  const { sender } = senderScope.getStore() ?? {}
  const who = sender === undefined ? '' : `The sender ${sender} threw an error that nothing caught:\n`
  io.complain(`${who}${describeError(error)}\n`)
  io.exit(1) // not left to the event loop: what did start before the error may hold it
}
