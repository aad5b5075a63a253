import { mayBeSent, type OnAmbiguous, type Outcome, RetryableError } from '@carillon/contract'
import type { AttemptResult, Ending, StoredProgress } from '@carillon/store'
import { addressResults } from './address-results.ts'
import { handOn } from './progress.ts'
import { shorten, textOf } from './text.ts'

/** Seconds: the first backoff, doubled with each failure, and the longest. */
const FIRST_BACKOFF_S = 10
const LONGEST_BACKOFF_S = 3600
/** Ten years; beyond it a delay is a mistake, such as milliseconds of a date. */
const LONGEST_LATER_S = 10 * 366 * 86_400
const LONGEST_MESSAGE_ID = 255
const MAY_BE_SENT = '(it may have been sent, so it is not retried: ON_AMBIGUOUS=giveup)'

const NOTHING: StoredProgress = {}

/**
 * What a sender's answer means. A number is sendLater, in seconds.
 * @param before what the attempts before handed on
 * @throws TypeError, RangeError or RetryableError for what is no outcome, which counts as a failed attempt
 */
export function resultOf(outcome: Outcome, before = NOTHING): AttemptResult {
  if (outcome === undefined || outcome === null || outcome === 0) return { is: 'sent' }
  if (typeof outcome === 'number') return later({ later: outcome }, before)
  if (typeof outcome === 'object' && 'done' in outcome && outcome.done)
    return { ...sent(outcome.messageId), ...addressResults(outcome.addresses) }
  if (typeof outcome === 'object' && 'giveUp' in outcome) {
    const { giveUp, noAddress, addresses } = outcome
    return { is: 'dead', reason: textOf(giveUp), noAddress: noAddress === true, ...addressResults(addresses) }
  }
  if (typeof outcome === 'object' && 'later' in outcome) return later(outcome, before)
  throw new TypeError(
    `The sender returned ${typeof outcome}; it must return nothing, a number of seconds, {done}, {later} or {giveUp}.`,
  )
}

/** It was sent, whatever the id looks like. */
function sent(messageId: unknown): Ending & { is: 'sent' } {
  if (typeof messageId !== 'string' || messageId === '') return { is: 'sent' }
  return { is: 'sent', messageId: shorten(messageId, LONGEST_MESSAGE_ID) }
}

type Later = Extract<Outcome, { later: number }>

function later(answer: Later, before: StoredProgress): AttemptResult {
  const { later: delay, reason, addresses } = answer
  if (delay === 0) return { is: 'sent', ...addressResults(addresses) }
  if (!(delay > 0 && delay <= LONGEST_LATER_S))
    throw new RangeError(`The sender asked to send later in ${delay} seconds, which is not a valid delay.`)
  const { progress, fault } = handOn(before, { progress: answer.progress, ifLast: endingOf(answer.ifLast) })
  if (fault !== undefined) throw new RetryableError(fault, { addresses, ifLast: answer.ifLast })
  const why = reason === undefined ? null : textOf(reason)
  const uncounted = answer.uncounted === true && { uncounted: true }
  return { is: 'later', delay, reason: why, ...(progress && { progress }), ...uncounted, ...addressResults(addresses) }
}

/** Undefined for an outcome that ends no push. */
function endingOf(ifLast: Outcome): Ending | undefined {
  if (ifLast === undefined) return undefined
  try {
    const result = resultOf(ifLast)
    if (result.is === 'sent') return sent(result.messageId)
    return result.is === 'dead' ? { is: 'dead', reason: result.reason } : undefined
  } catch {
    return undefined
  }
}

export interface RetryOptions {
  /** Failed attempts after which a push is dead. */
  retryTimes: number
  /** What follows a failed attempt whose message may have been sent nevertheless. */
  onAmbiguous: OnAmbiguous
}

/** The attempt that failed: how many failed before it, and what those before it handed on. */
interface FailedAttempt {
  failures: number
  progress: StoredProgress
}

/** What an error may carry besides its message, whatever class it is of. */
type Told = Partial<Pick<RetryableError, 'progress' | 'ifLast' | 'addresses'>>

/** What a failed attempt means: a retry after a pause, or the end after the last one. Never throws, whatever was thrown. */
export function resultOfFailure(error: unknown, attempt: FailedAttempt, options: RetryOptions): AttemptResult {
  const { progress, fault, addresses } = readFailure(error, attempt)
  const message = textOf(error instanceof Error ? messageOf(error) : error)
  const reason = fault === undefined ? message : `${fault} ${message}`
  const end = (why: string) => ({ ...endOf(progress ?? attempt.progress, why), failed: true, ...addresses })
  if (isLast(error, options)) return end(`${reason} ${MAY_BE_SENT}`)
  if (attempt.failures + 1 >= options.retryTimes) return end(reason)
  return {
    is: 'failed',
    delay: pauseAfter(error, attempt.failures),
    reason,
    ...(progress && { progress }),
    ...addresses,
  }
}

/** What an attempt means that failed because its worker stops: it is no failure, and another worker goes on from there. */
export function resultOfInterruption(error: unknown, attempt: FailedAttempt): AttemptResult {
  const { progress, addresses } = readFailure(error, attempt)
  return progress ? { is: 'later', delay: 0, reason: 'its worker stopped', progress, ...addresses } : { is: 'returned' }
}

/** What an error says besides its message. */
function readFailure(error: unknown, { progress: before }: FailedAttempt) {
  const { progress, ifLast, addresses } = Object(error) as Told
  const handedOn = handOn(before, { progress, ifLast: endingOf(ifLast) })
  return { ...handedOn, addresses: addressResults(addresses) }
}

/** How a push ends of which no attempt follows: as its sender said, or else it is dead. */
export function endOf({ ifLast }: StoredProgress, reason: string): Ending {
  return ifLast ?? { is: 'dead', reason }
}

/** `fetch` says only that it failed; why, such as an unknown host, is in the cause. */
function messageOf({ message, cause }: Error): string {
  return message === 'fetch failed' && cause instanceof Error && cause.message
    ? `${message}: ${cause.message}`
    : message
}

/** Whether no retry may follow, because it could send a second message. */
export function isLast(error: unknown, { onAmbiguous }: RetryOptions): boolean {
  return onAmbiguous === 'giveup' && mayBeSent(error)
}

/** Half of the backoff is jitter, so that pushes which failed together do not return together. To the millisecond. */
function pauseAfter(error: unknown, failures: number): number {
  const asked = error instanceof Error && 'after' in error ? error.after : undefined
  if (typeof asked === 'number' && asked > 0 && asked <= LONGEST_LATER_S) return asked
  const backoff = Math.min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** failures)
  return Math.round((backoff / 2 + (Math.random() * backoff) / 2) * 1000) / 1000
}
