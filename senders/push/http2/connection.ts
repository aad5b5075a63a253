import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  constants,
  type IncomingHttpHeaders,
} from 'node:http2'
import { type Exchange, Http2Error } from './exchange.ts'

/** What a connection tells its pool. */
export interface ConnectionEvents {
  /** It can take more requests, or none any more. */
  changed(): void
  /** The peer did not process a request, and never will. */
  unprocessed(exchange: Exchange): void
  /** It is gone. `error` is given if it was never established. */
  closed(error: Error | undefined): void
}

export interface ConnectionTimes {
  /** Milliseconds to connect. */
  connect: number
  /** Milliseconds of silence, while requests wait for an answer, after which the peer is asked for a sign of life. */
  silence: number
  /** The same while nothing is under way; it also keeps routers from forgetting the connection. */
  idle: number
  /** Milliseconds for that sign. Then the connection is dead. */
  pong: number
}

/** Streams of a connection whose peer sets no limit. */
const MOST_STREAMS = 1000
/** How often a second silence is looked for, in the shortest of the times. */
const LOOKS = 4

const { HTTP2_HEADER_METHOD, HTTP2_HEADER_PATH, HTTP2_HEADER_STATUS, NGHTTP2_CANCEL, NGHTTP2_REFUSED_STREAM } =
  constants

/** One HTTP/2 session, from its connect to its end. */
export class Connection {
  readonly #session: ClientHttp2Session
  readonly #events: ConnectionEvents
  readonly #times: ConnectionTimes
  readonly #watch: NodeJS.Timeout
  readonly #connecting: NodeJS.Timeout
  readonly #running = new Map<Exchange, ClientHttp2Stream>()
  /** Streams that the peer allows; 0 until its first SETTINGS. */
  #limit = 0
  #isEstablished = false
  /** The last stream that the peer processes, once it has sent GOAWAY. */
  #lastStream = Infinity
  #heardAt = performance.now()
  /** When the PING without an answer was sent. */
  #askedAt: number | undefined
  #error: Error | undefined

  constructor(origin: string, times: ConnectionTimes, events: ConnectionEvents) {
    this.#events = events
    this.#times = times
    this.#session = connect(origin)
    this.#session.on('remoteSettings', ({ maxConcurrentStreams }) => this.#allowed(maxConcurrentStreams))
    this.#session.on('goaway', (_code, lastStream) => {
      this.#lastStream = lastStream
      this.#events.changed()
    })
    this.#session.on('error', (error) => (this.#error = error))
    this.#session.on('close', () => this.#closed())
    this.#connecting = setTimeout(() => this.#late(), times.connect)
    this.#watch = setInterval(() => this.#listen(), Math.min(times.silence, times.idle, times.pong) / LOOKS)
  }

  /** Whether it may still take requests, now or when it is established. */
  get isUsable(): boolean {
    return !this.#session.closed && !this.#session.destroyed && this.#lastStream === Infinity && !this.#isSuspect
  }

  get isEstablished(): boolean {
    return this.#isEstablished
  }

  /** Requests that it can take now. */
  get free(): number {
    return this.isUsable ? Math.max(0, this.#limit - this.#running.size) : 0
  }

  get running(): number {
    return this.#running.size
  }

  send(exchange: Exchange): void {
    const { path, headers, body } = exchange.request
    const stream = this.#session.request({ [HTTP2_HEADER_METHOD]: 'POST', [HTTP2_HEADER_PATH]: path, ...headers })
    this.#running.set(exchange, stream)
    exchange.abandon = () => stream.close(NGHTTP2_CANCEL)
    this.#read(exchange, stream)
    stream.end(body)
  }

  /** Takes no more requests, and ends when those that are under way have. */
  close(): void {
    if (!this.#session.destroyed) this.#session.close()
  }

  /** Ends at once, with all that is under way. */
  destroy(): void {
    this.#session.destroy()
  }

  get #isSuspect(): boolean {
    return this.#askedAt !== undefined && this.#running.size > 0
  }

  #read(exchange: Exchange, stream: ClientHttp2Stream): void {
    let headers: IncomingHttpHeaders | undefined
    let isUnsent = false
    const chunks: Buffer[] = []
    stream.on('response', (given) => {
      headers = given
      this.#heard()
    })
    stream.on('data', (chunk: Buffer) => chunks.push(chunk))
    stream.on('end', () => {
      if (headers === undefined) return
      const body = Buffer.concat(chunks).toString('utf8')
      exchange.answer({ status: Number(headers[HTTP2_HEADER_STATUS]), headers, body })
    })
    stream.on('frameError', () => (isUnsent = true))
    stream.on('error', () => {}) // `close` follows
    stream.on('close', () => this.#ended(exchange, stream, isUnsent))
  }

  #ended(exchange: Exchange, stream: ClientHttp2Stream, isUnsent: boolean): void {
    this.#running.delete(exchange)
    exchange.abandon = undefined
    if (!exchange.isSettled) {
      // GOAWAY is announced after the streams that it ends.
      if (isUnsent || this.#isUnprocessed(stream)) this.#events.unprocessed(exchange)
      else process.nextTick(() => this.#failOrResend(exchange, stream))
    }
    this.#events.changed()
  }

  #failOrResend(exchange: Exchange, stream: ClientHttp2Stream): void {
    if (!this.#isUnprocessed(stream)) return exchange.fail(lost(this.#error))
    this.#events.unprocessed(exchange)
    this.#events.changed()
  }

  /** RFC 9113, 6.8 and 8.7: the peer has not processed streams that it refused, or above the last one of its GOAWAY. */
  #isUnprocessed({ id, rstCode }: ClientHttp2Stream): boolean {
    return id === undefined || rstCode === NGHTTP2_REFUSED_STREAM || id > this.#lastStream
  }

  #allowed(streams: number | undefined): void {
    clearTimeout(this.#connecting)
    this.#isEstablished = true
    this.#limit = Math.min(streams ?? MOST_STREAMS, MOST_STREAMS)
    this.#heard()
    this.#events.changed()
  }

  #heard(): void {
    this.#heardAt = performance.now()
  }

  #late(): void {
    this.#end(new Error(`no connection within ${this.#times.connect / 1000} s`))
  }

  /** Streams are closed before the session says why. */
  #end(error: Error): void {
    this.#error = Object.assign(error, { code: 'ETIMEDOUT' })
    this.#session.destroy(error)
  }

  /** Asks a silent peer for a sign of life, and ends the session when there is none. */
  #listen(): void {
    const now = performance.now()
    if (this.#askedAt !== undefined) {
      if (now - this.#askedAt > this.#times.pong) this.#end(new Error('the server stopped answering'))
      return
    }
    const patience = this.#running.size > 0 ? this.#times.silence : this.#times.idle
    if (!this.#isEstablished || this.#session.destroyed || now - this.#heardAt < patience) return
    this.#askedAt = now
    this.#session.ping((error) => {
      if (error) return // the session is over
      this.#askedAt = undefined
      this.#heard()
      this.#events.changed()
    })
  }

  #closed(): void {
    clearTimeout(this.#connecting)
    clearInterval(this.#watch)
    this.#events.closed(this.#isEstablished ? undefined : (this.#error ?? new Error('the connection was closed')))
  }
}

function lost(error: Error | undefined): Http2Error {
  const code = error && 'code' in error && typeof error.code === 'string' ? error.code : 'ECONNRESET'
  return new Http2Error('the connection was lost before the answer', { sent: 'maybe', code, cause: error })
}
