import { ConfigError } from '@carillon/config'
import { CarillonError, isSetupError, senderScope } from '@carillon/contract'
import type { Io } from './io.ts'

/** Something the operator can put right: one sentence, no stack. */
export class UserError extends Error {
  override readonly name = 'UserError'
}

/** What standard error shows of whatever ended a command. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if (isSentence(error)) return [error.message, ...hintOf(error)].join('\n')
  const root = rootCause(error)
  return systemError(root) ?? root.stack ?? root.message
}

function isSentence(error: Error): boolean {
  return isSetupError(error) || [UserError, ConfigError, CarillonError].some((each) => error instanceof each)
}

function hintOf(error: Error): string[] {
  return error instanceof CarillonError && error.hint !== undefined ? [error.hint] : []
}

/** Wrapping errors are skipped: that of the database layer repeats every parameter of its statement. */
function rootCause(error: Error): Error {
  return error.cause instanceof Error ? rootCause(error.cause) : error
}

/** A refused connection, a port in use: the system's own words will do. */
function systemError(error: Error): string | undefined {
  if (!('code' in error) || !/^E[A-Z]+$/.test(String(error.code))) return undefined
  // `localhost` with two addresses fails twice, in an AggregateError without a message.
  const all = error instanceof AggregateError ? error.errors.map((each) => String(each.message)) : [error.message]
  return `${all.join(', ')}.`
}

/** Ends the process by an error: of a command, of a role that runs such as a database that broke down, or of a sender that is being loaded. */
export function fail(io: Pick<Io, 'complain' | 'exit'>, error: unknown): void {
  const { sender } = senderScope.getStore() ?? {}
  const who = sender === undefined ? '' : `The sender ${sender} threw an uncaught error:\n`
  io.complain(`${who}${describeError(error)}\n`)
  io.exit(1) // not left to the event loop: what did start before the error may hold it
}
