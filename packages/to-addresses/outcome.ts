import {
  type Address,
  type AddressResult,
  type Outcome,
  type Push,
  RetryableError,
  type Sent,
} from '@carillon/contract'
import type { CallResult, RetryResult } from './call-result.ts'
import type { Progress } from './progress.ts'

/** An address that was called, or one whose rate asks it to wait until `reservedAt` (unix ms). */
export type Called =
  | { address: Address; result: CallResult; reservedAt?: undefined }
  | { address: Address; result?: undefined; reservedAt: number }

/** Seconds that a failed address rests if the push comes back sooner, for the sake of the others. */
const REST_S = 10

/**
 * The outcome of an attempt, after the progress was brought up to date.
 * @throws RetryableError when an address failed in a way that may pass
 */
export function outcomeOf(
  push: Pick<Push, 'addresses'>,
  progress: Progress,
  called: readonly Called[],
  addresses: AddressResult[],
): Outcome {
  const failed = called.flatMap(({ address, result }) => (result && 'retry' in result ? [{ address, result }] : []))
  if (failed.length > 0) throw failure(progress, failed, addresses)
  const waiting = Object.values(progress.open)
  if (waiting.length === 0) return summary(progress, addresses)
  const reason = addresses.find(({ outcome }) => outcome === 'waits')?.reason ?? whyOpen(push, progress)
  const later = secondsUntil(Math.min(...waiting.map(({ at }) => at)))
  const uncounted = called.every(({ result }) => result === undefined)
  return { later, reason, progress, ...endIfSent(progress), uncounted, addresses }
}

/** Of a push that waits for addresses which this attempt did not call. */
function whyOpen({ addresses }: Pick<Push, 'addresses'>, { open, why }: Progress): string {
  const waiting = addresses.filter(({ id }) => id in open)
  return [...new Set(waiting.map((address) => withKind(address, why[address.kind] ?? 'waits for its next call')))].join(
    '; ',
  )
}

/** Of a push that no address is open for any more. */
function summary({ sent, messageId, reasons }: Progress, addresses: AddressResult[]): Outcome {
  return sent > 0 ? { done: true, messageId, addresses } : { giveUp: reasons.join('; '), addresses }
}

function failure(
  progress: Progress,
  failed: { address: Address; result: RetryResult }[],
  addresses: AddressResult[],
): RetryableError {
  const results = failed.map(({ result }) => result)
  const after = pause(progress, failed)
  return new RetryableError(messageOf(failed), {
    after,
    sent: sentOf(results),
    outage: results.find(({ outage }) => outage !== undefined)?.outage,
    needsOperator: results.some(({ needsOperator }) => needsOperator),
    progress,
    ...endIfSent(progress),
    addresses,
  })
}

/** If no attempt follows, the push was sent nevertheless. */
function endIfSent({ sent, messageId }: Progress): { ifLast?: Outcome } {
  return sent > 0 ? { ifLast: { done: true, messageId } } : {}
}

function messageOf(failed: { address: Address; result: RetryResult }[]): string {
  return [...new Set(failed.map(({ address, result }) => withKind(address, result.retry)))].join('; ')
}

/** A reason of an address, as a part of the push's: it says the kind, and no more of the address than its equals share. */
export function withKind({ kind }: Address, reason: string): string {
  const part = reason.replace(/\.$/, '')
  return part.toLowerCase().includes(kind) ? part : `${kind}: ${part}`
}

/** One that may have taken the message counts for all. */
function sentOf(results: RetryResult[]): Sent | undefined {
  if (results.some(({ sent }) => sent === 'maybe')) return 'maybe'
  return results.every(({ sent }) => sent === 'no') ? 'no' : undefined
}

/**
 * Seconds until the next attempt: when the first open address may be called. Undefined leaves it to the usual backoff, if
 * an address failed whose provider asked for nothing, and no other one is due before it.
 */
function pause(progress: Progress, failed: { address: Address; result: RetryResult }[]): number | undefined {
  const asksNothing = failed.filter(({ result }) => result.after === undefined)
  const times = Object.values(progress.open).flatMap(({ at }) => (at > 0 ? [at] : []))
  const first = times.length > 0 ? secondsUntil(Math.min(...times)) : Infinity
  if (asksNothing.length > 0 && first >= REST_S) return undefined
  for (const { address } of asksNothing) progress.open[address.id] = { at: Date.now() + REST_S * 1000 }
  return first
}

function secondsUntil(at: number): number {
  return Math.max(1, at - Date.now()) / 1000
}
