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
