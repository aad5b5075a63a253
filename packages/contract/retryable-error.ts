import type { AddressResult } from './addresses.ts'
import { certificateFault } from './errors.ts'
import type { Outcome } from './sender.ts'

/** Whether a message may have been sent although the attempt failed. `no` is certain. */
export type Sent = 'no' | 'maybe'

/** What follows a failed attempt whose message may have been sent. */
export type OnAmbiguous = 'retry' | 'giveup'

export interface FailedTry {
  /** Seconds until the next try, as the provider's Retry-After asks. */
  after?: number | undefined
  /**
   * `no`: the provider cannot have accepted the message, so another provider may be tried at once. `maybe`:
   * the request was sent and no answer reported its result; `ON_AMBIGUOUS` decides. Absent:
   * an ordinary failed attempt.
   */
  sent?: Sent | undefined
  /**
   * The provider is in trouble, whatever the message: how, as a code that a log may show, such as
   * `ECONNREFUSED` or `HTTP 503`. Circuit breakers count it.
   */
  outage?: string | undefined
  /**
   * Retries alone will not end the outage: a quota, a key, a certificate or a blocked host. It is logged as an error at
   * once.
   */
  needsOperator?: boolean | undefined
  /** A JSON value, of `MOST_PROGRESS` bytes at most, that the next attempt gets as `push.progress`. */
  progress?: unknown
  /** The outcome if no attempt follows; default: the push is dead. */
  ifLast?: Outcome
  /** What this attempt did at each address. */
  addresses?: readonly AddressResult[] | undefined
  cause?: unknown
}

/** An attempt that failed and may be retried. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError'
  readonly after: number | undefined
  readonly sent: Sent | undefined
  readonly outage: string | undefined
  readonly needsOperator: boolean
  readonly progress: unknown
  readonly ifLast: Outcome
  readonly addresses: readonly AddressResult[] | undefined
  constructor(message: string, { needsOperator = false, cause, ...failed }: FailedTry = {}) {
    super(message, { cause })
    this.after = failed.after
    this.sent = failed.sent
    this.outage = failed.outage
    this.needsOperator = needsOperator
    this.progress = failed.progress
    this.ifLast = failed.ifLast
    this.addresses = failed.addresses
  }
}

/**
 * Whether the message of a failed attempt was certainly not sent. Also true of an error from another copy of this
 * package.
 */
export function isNotSent(error: unknown): boolean {
  return error instanceof Error && 'sent' in error && error.sent === 'no'
}

/** Whether the message of a failed attempt may have been sent. */
export function mayBeSent(error: unknown): boolean {
  return error instanceof Error && 'sent' in error && error.sent === 'maybe'
}

/** Seconds; a provider that asks for more has its clock wrong. */
const LONGEST = 86_400

/**
 * Seconds to wait, from a Retry-After header: seconds or a date. Undefined when it asks for none.
 * @param now milliseconds
 */
export function retryAfter(header: unknown, now: number): number | undefined {
  if (typeof header !== 'string') return undefined
  const seconds = /^\s*\d+\s*$/.test(header) ? Number(header) : Math.ceil((Date.parse(header) - now) / 1000)
  return seconds > 0 ? Math.min(seconds, LONGEST) : undefined
}

/** Statuses of a gateway that lost the answer; Cloudflare's own begin at 520. */
const LOST_ANSWERS = new Set([502, 504])
const CLOUDFLARE = 520

/** OpenSSL's messages for failed handshakes: the other side does not support TLS, or no common version. */
const NO_HANDSHAKE =
  /wrong version number|packet length too long|unsupported protocol|protocol version|no protocols available|no shared cipher|handshake failure|unrecognized name/
const NO_CONNECTION = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * Whether a failed request may have sent its message, by the status of the answer. An answer means `no`, even a 500.
 * But a gateway may have forwarded the request, and a 2xx that counts as failed was cut off: those mean `maybe`.
 */
export function sentByStatus(status: number): Sent {
  return status < 300 || LOST_ANSWERS.has(status) || status >= CLOUDFLARE ? 'maybe' : 'no'
}

/**
 * Whether a request without an answer may have sent its message: `no` only if there was no connection to send it over.
 */
export function sentByError(error: unknown): Sent {
  const { code, syscall, message, cause, errors }: Record<string, unknown> = Object(error)
  if (syscall === 'connect' || syscall === 'getaddrinfo') return 'no'
  if (typeof code === 'string' && neverBegan(code, String(message))) return 'no'
  if (Array.isArray(errors)) return errors.every((each) => sentByError(each) === 'no') ? 'no' : 'maybe'
  return cause === undefined ? 'maybe' : sentByError(cause)
}

function neverBegan(code: string, message: string): boolean {
  if (NO_CONNECTION.has(code) || certificateFault(code) !== undefined) return true
  return (code === 'EPROTO' || code.startsWith('ERR_SSL_')) && NO_HANDSHAKE.test(message)
}
