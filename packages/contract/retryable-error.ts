import { certificateFault } from './errors.ts'

/** Whether a message may be out although its try failed: `no` is for sure. */
export type Sent = 'no' | 'maybe'

/** What follows a failed try whose message may be out: another try, or its end. */
export type OnAmbiguous = 'retry' | 'giveup'

export interface FailedTry {
  /** Seconds until the next try, as the provider's Retry-After asks. */
  after?: number | undefined
  /**
   * `no`: the provider cannot have taken the message, so another one may be tried at once. `maybe`:
   * the request had left, and no answer told what became of it; `ON_AMBIGUOUS` decides. Absent:
   * an ordinary failed try.
   */
  sent?: Sent | undefined
  /**
   * The provider is in trouble, whatever the message: how, as a code that a log may show, such as
   * `ECONNREFUSED` or `HTTP 503`. Circuit breakers count it.
   */
  outage?: string | undefined
  /** Tries alone will not mend the outage: a quota, a key, a certificate or a blocked host. It is logged as an error at once. */
  needsOperator?: boolean | undefined
  cause?: unknown
}

/** A provider's passing trouble. */
export class RetryableError extends Error {
  override readonly name = 'RetryableError'
  readonly after: number | undefined
  readonly sent: Sent | undefined
  readonly outage: string | undefined
  readonly needsOperator: boolean
  constructor(message: string, { after, sent, outage, needsOperator = false, cause }: FailedTry = {}) {
    super(message, { cause })
    this.after = after
    this.sent = sent
    this.outage = outage
    this.needsOperator = needsOperator
  }
}

/** Whether the message of a failed try is known not to be out. True of an error of another copy of this package too. */
export function isNotSent(error: unknown): boolean {
  return error instanceof Error && 'sent' in error && error.sent === 'no'
}

/** Whether the message of a failed try may be out all the same. */
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

/** A gateway's words for an answer that it lost; Cloudflare's own begin at 520. */
const LOST_ANSWERS = new Set([502, 504])
const CLOUDFLARE = 520

/** OpenSSL's words for handshakes that failed: the other side does not speak TLS, or no version of it that is spoken here. */
const NO_HANDSHAKE =
  /wrong version number|packet length too long|unsupported protocol|protocol version|no protocols available|no shared cipher|handshake failure|unrecognized name/
const NO_CONNECTION = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * What the status of a failed request says about the message. An answer is an answer, also a 500;
 * but a gateway may have handed the request on, and a 2xx that counts as failed was cut off.
 */
export function sentByStatus(status: number): Sent {
  return status < 300 || LOST_ANSWERS.has(status) || status >= CLOUDFLARE ? 'maybe' : 'no'
}

/** What an error without an answer says: `no` only where there never was a connection to send it over. */
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
