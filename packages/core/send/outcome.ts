import { mayBeSent, type OnAmbiguous, type Outcome } from '@carillon/contract'
import type { AttemptResult } from '@carillon/store'

/** Seconds: the first backoff, doubled with each failure, and the longest. */
const FIRST_BACKOFF_S = 10
const LONGEST_BACKOFF_S = 3600
/** Ten years; beyond it a delay is a mistake, such as milliseconds of a date. */
const LONGEST_LATER_S = 10 * 366 * 86_400
const LONGEST_REASON = 1000
const LONGEST_MESSAGE_ID = 255
const MAY_BE_SENT = '(it may have been sent, so it is not retried: ON_AMBIGUOUS=giveup)'

/**
 * What a sender's answer means. A number is sendLater, in seconds.
 * @throws TypeError or RangeError for what is no outcome, which counts as a failed attempt
 */
export function resultOf(outcome: Outcome): AttemptResult {
  if (outcome === undefined || outcome === null || outcome === 0) return { is: 'sent' }
  if (typeof outcome === 'number') return later(outcome, null)
  if (typeof outcome === 'object' && 'done' in outcome && outcome.done) return sent(outcome.messageId)
  if (typeof outcome === 'object' && 'giveUp' in outcome) {
    return { is: 'dead', reason: textOf(outcome.giveUp), noAddress: outcome.noAddress === true }
  }
  if (typeof outcome === 'object' && 'later' in outcome)
    return later(outcome.later, outcome.reason === undefined ? null : textOf(outcome.reason))
  throw new TypeError(
    `The sender returned ${typeof outcome}; it must return nothing, a number of seconds, {done}, {later} or {giveUp}.`,
  )
}

/** It was sent, whatever the id looks like. */
function sent(messageId: unknown): AttemptResult {
  if (typeof messageId !== 'string' || messageId === '') return { is: 'sent' }
  return { is: 'sent', messageId: shorten(messageId, LONGEST_MESSAGE_ID) }
}

function later(delay: number, reason: string | null): AttemptResult {
  if (delay === 0) return { is: 'sent' }
  if (!(delay > 0 && delay <= LONGEST_LATER_S))
    throw new RangeError(`The sender asked to send later in ${delay} seconds, which is not a valid delay.`)
  return { is: 'later', delay, reason }
}

export interface RetryOptions {
  /** Failed attempts after which a push is dead. */
  retryTimes: number
  /** What follows a failed attempt whose message may have been sent nevertheless. */
  onAmbiguous: OnAmbiguous
}

/** What a failed attempt means: a retry after a pause, or the end after the last one. Never throws, whatever was thrown. */
export function resultOfFailure(error: unknown, failures: number, options: RetryOptions): AttemptResult {
  const reason = textOf(error instanceof Error ? messageOf(error) : error)
  if (isLast(error, options)) return { is: 'dead', failed: true, reason: `${reason} ${MAY_BE_SENT}` }
  if (failures + 1 >= options.retryTimes) return { is: 'dead', failed: true, reason }
  return { is: 'failed', delay: pauseAfter(error, failures), reason }
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

/** A plugin's value as a text. Converting it may run the plugin's code, which may throw. */
export function textOf(value: unknown): string {
  try {
    return shorten(String(value))
  } catch {
    return 'The sender returned a reason that is not text.'
  }
}

function shorten(text: string, longest = LONGEST_REASON): string {
  const clean = text.replaceAll('\0', '')
  return clean.length > longest ? `${clean.slice(0, longest)}…` : clean
}
