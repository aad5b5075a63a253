import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http2'
import type { Sent } from '@carillon/contract'

/** One POST. */
export interface Http2Request {
  path: string
  headers: OutgoingHttpHeaders
  body: string | Buffer
}

export interface Http2Answer {
  status: number
  headers: IncomingHttpHeaders
  body: string
}

/** There was no whole answer. */
export class Http2Error extends Error {
  override readonly name = 'Http2Error'
  /** `no`: the peer has certainly not processed the request. */
  readonly sent: Sent
  /** For a log, such as `ECONNREFUSED`. */
  readonly code: string
  constructor(message: string, { sent, code, cause }: { sent: Sent; code: string; cause?: unknown }) {
    super(message, { cause })
    this.sent = sent
    this.code = code
  }
}

/** Times that a request goes to another connection because the peer did not process it. */
const MOST_RESENDS = 20

/** A request from its call until it is settled, over as many connections as that takes. */
export class Exchange {
  readonly request: Http2Request
  readonly promise: Promise<Http2Answer>
  /** Ends what the request occupies on its connection; set while it is under way. */
  abandon: (() => void) | undefined
  #resolve!: (answer: Http2Answer) => void
  #reject!: (error: Http2Error) => void
  #resends = 0
  #isSettled = false
  readonly #timer: NodeJS.Timeout

  /** @param timeout milliseconds for the whole of it */
  constructor(request: Http2Request, timeout: number) {
    this.request = request
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
    this.#timer = setTimeout(() => this.#late(timeout), timeout)
  }

  get isSettled(): boolean {
    return this.#isSettled
  }

  answer(answer: Http2Answer): void {
    this.#settle(() => this.#resolve(answer))
  }

  fail(error: Http2Error): void {
    this.#settle(() => this.#reject(error))
  }

  /** Whether it may go to another connection, after the peer has not processed it. */
  mayResend(): boolean {
    if (this.#isSettled) return false
    if (++this.#resends <= MOST_RESENDS) return true
    this.fail(new Http2Error('the server keeps refusing streams', { sent: 'no', code: 'REFUSED_STREAM' }))
    return false
  }

  #late(timeout: number): void {
    const sent = this.abandon ? 'maybe' : 'no'
    this.fail(new Http2Error(`no answer within ${timeout / 1000} s`, { sent, code: 'ETIMEDOUT' }))
    this.abandon?.()
  }

  #settle(finish: () => void): void {
    if (this.#isSettled) return
    this.#isSettled = true
    clearTimeout(this.#timer)
    finish()
  }
}
