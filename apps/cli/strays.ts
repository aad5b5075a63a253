import { pathToFileURL } from 'node:url'
import { errorCode, errorStack, RetryableError, type SenderCall, senderScope } from '@carillon/contract'
import type { Logger } from 'pino'
import { fail } from './errors.ts'
import type { Io } from './io.ts'
import type { Plugin } from './roles.ts'

export interface StrayDeps {
  io: Pick<Io, 'onUncaught' | 'onExit' | 'complain' | 'exit'>
  log: Logger
  plugins: readonly Plugin[]
  /** Called after an error of a sender that nothing caught; absent: the process goes on. */
  stop?: (() => void) | undefined
}

/**
 * What senders throw outside of their calls, in a timer or an event of theirs, would end the process and everything else
 * in it. The log names the sender instead, without the error's message, which may quote what was being sent. The call
 * that it began in is a failed try.
 */
export function watchSenders({ io, log, plugins, stop }: StrayDeps): void {
  io.onUncaught((error) => {
    const call = callOf(error, plugins)
    if (!call) return fail(io, error)
    log.error({ sender: call.sender, err: describe(error) }, stop ? ENDS : GOES_ON)
    call.fail?.(new RetryableError(`Uncaught error: ${messageOf(error)}`, { sent: 'maybe', cause: error }))
    stop?.()
  })
  io.onExit(() => {
    const trace = new Error('Here the process ends.')
    const call = callOf(trace, plugins)
    if (!call) return
    log.error({ sender: call.sender, err: describe(trace) }, EXITS)
    process.exitCode = 1 // a supervisor must not mistake this for a requested stop
  })
}

const GOES_ON =
  'a sender threw an uncaught error; the process continues, and the call in which the error began is retried unless it had already ended'
const ENDS = 'a sender threw an uncaught error; the process finishes what it is sending, and exits'
const EXITS =
  'a sender ended the process (process.exit, process.abort or a signal to itself); the pushes that were being sent are retried ' +
  'when their leases have expired'

/** By the file in the stack, or else by the call in which it began. */
function callOf(error: unknown, plugins: readonly Plugin[]): SenderCall | undefined {
  const call = senderScope.getStore()
  const stack = error instanceof Error ? String(error.stack) : ''
  const thrower = plugins.find(({ file }) => stack.includes(`${pathToFileURL(file).href}:`))
  return thrower && thrower.name !== call?.sender ? { sender: thrower.name } : call
}

function describe(error: unknown): { type: string; stack: string } {
  return { type: errorCode(error), stack: errorStack(error) }
}

function messageOf(error: unknown): string {
  try {
    return error instanceof Error ? error.message : String(error)
  } catch {
    return 'The sender threw a value that is not text.'
  }
}
