import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { frame, FrameReader } from '@carillon/contract'
import { closed, isUnauthorized, ProducerError } from './errors.ts'
import type { Keys } from './keys.ts'
import type { ProducerSettings } from './options.ts'

interface ConnectionDeps {
  settings: ProducerSettings
  keys: Keys
  /** The connection is there again. */
  onReconnect(): void
  /** Why it is not. */
  onError(why: ProducerError): void
}

/** Milliseconds between tries to connect again: the first pause, doubled each time, and the longest. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000

/** The way to the server: a new link whenever one ends, until it is closed, or the server does not let it in. */
export class Connection {
  readonly #deps: ConnectionDeps
  readonly #closing = new AbortController()
  #link: Promise<Link> | undefined

  constructor(deps: ConnectionDeps) {
    this.#deps = deps
  }

  /** False before `connect`, and again once the server does not let it in. */
  get isKept(): boolean {
    return this.#link !== undefined
  }

  get isClosed(): boolean {
    return this.#closing.signal.aborted
  }

  /** Resolves once the server has let it in. @throws ProducerError, and does not try again */
  async connect(): Promise<void> {
    if (this.isClosed) throw closed()
    this.#link ??= this.#keep(this.#open())
    await this.#link
  }

  /** Waits while the connection is being made again. @throws ProducerError */
  async request(method: string, args: unknown): Promise<unknown> {
    if (!this.#link) throw new ProducerError('unreachable', 'The producer is not connected: call connect.')
    return (await this.#inTime(this.#link)).request(method, args)
  }

  close(): void {
    this.#closing.abort()
    void this.#link?.then((link) => link.end()).catch(() => {})
  }

  async #keep(opening: Promise<Link>): Promise<Link> {
    try {
      const link = await opening
      void link.ended.then((why) => this.#ended(why))
      return link
    } catch (error) {
      this.#link = undefined
      throw error
    }
  }

  #ended(why: ProducerError): void {
    if (this.isClosed) return
    const { onError, onReconnect } = this.#deps
    this.#link = this.#keep(this.#again())
    this.#link.then(
      () => setImmediate(onReconnect),
      (error: ProducerError) => this.isClosed || onError(error),
    )
    onError(why)
  }

  /** Until the server is there, or does not let it in. */
  async #again(): Promise<Link> {
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(2 * wait, LONGEST_PAUSE_MS)) {
      await pause(wait * (0.5 + Math.random() / 2), undefined, { signal: this.#closing.signal }).catch(() => {
        throw closed()
      })
      try {
        return await this.#open()
      } catch (error) {
        if (isUnauthorized(error) || this.isClosed) throw error
        this.#deps.onError(error as ProducerError)
      }
    }
  }

  /** With the next key when the server does not know one. */
  async #open(): Promise<Link> {
    const { settings, keys } = this.#deps
    const { host, port, producerId: id, expiresIn, readWriteTimeout: timeout } = settings
    for (let left = keys.count; ; left--) {
      try {
        return await Link.open({ host, port, timeout, token: keys.token({ id, exp: expiryIn(expiresIn) }) })
      } catch (error) {
        if (left === 1 || !isUnauthorized(error)) throw error
        keys.next()
      }
    }
  }

  /** @throws ProducerError `timeout` while the connection is not there again */
  async #inTime(link: Promise<Link>): Promise<Link> {
    const { readWriteTimeout } = this.#deps.settings
    const over = new AbortController()
    const late = pause(readWriteTimeout, undefined, { signal: over.signal }).then(() => {
      throw new ProducerError('timeout', `The producer was not connected for ${readWriteTimeout} ms.`)
    })
    try {
      return await Promise.race([link, late])
    } finally {
      over.abort()
      late.catch(() => {})
    }
  }
}

/** Unix seconds. */
export function expiryIn(seconds: number): number {
  return Math.floor(Date.now() / 1000) + seconds
}

interface LinkOptions {
  host: string
  port: number
  token: string
  /** Milliseconds that the server has to answer. */
  timeout: number
}

interface Pending {
  resolve(result: unknown): void
  reject(error: ProducerError): void
  timer: NodeJS.Timeout
}

interface ProducerAnswer {
  id?: unknown
  result?: unknown
  error?: { code?: number; message?: string }
}

const UNAUTHORIZED = 401

/** One connection that has signed in: requests and their answers. */
class Link {
  readonly #socket: Socket
  readonly #timeout: number
  readonly #pending = new Map<string, Pending>()
  readonly #reader = new FrameReader()
  /** Resolves when the connection is over, with why. */
  readonly ended: Promise<ProducerError>
  #end!: (why: ProducerError) => void
  #count = 0
  #over = false

  /** @throws ProducerError `unauthorized`, `unreachable` or `timeout` */
  static async open({ host, port, token, timeout }: LinkOptions): Promise<Link> {
    const link = new Link(connect({ host, port, noDelay: true, keepAlive: true }), timeout)
    try {
      await link.request('auth', [token])
      return link
    } catch (error) {
      link.end()
      if (error instanceof ProducerError && error.code === UNAUTHORIZED)
        throw new ProducerError('unauthorized', 'The server accepts none of the secretKeys.', { cause: error })
      throw error
    }
  }

  private constructor(socket: Socket, timeout: number) {
    this.#socket = socket
    this.#timeout = timeout
    this.ended = new Promise((resolve) => (this.#end = resolve))
    socket.on('data', (chunk: Buffer) => this.#take(chunk))
    socket.on('error', (error) => this.#fail('unreachable', 'The server cannot be reached.', error))
    socket.on('close', () => this.#fail('unreachable', 'The server closed the connection.'))
  }

  /** Rejects with `unreachable` when the connection ends before there is an answer, and ends it when there is none. */
  request(method: string, params: unknown): Promise<unknown> {
    const id = String(++this.#count)
    return new Promise((resolve, reject) => {
      if (this.#over) return reject(new ProducerError('unreachable', 'The connection is over.'))
      const late = () => this.#fail('timeout', `The server did not answer within ${this.#timeout} ms.`)
      this.#pending.set(id, { resolve, reject, timer: setTimeout(late, this.#timeout) })
      this.#socket.write(frame(JSON.stringify({ jsonrpc: '2.0', id, method, params })))
    })
  }

  end(): void {
    this.#fail('closed', 'The producer was closed.')
  }

  #take(chunk: Buffer): void {
    try {
      for (const text of this.#reader.read(chunk)) this.#answered(JSON.parse(text) as ProducerAnswer)
    } catch (error) {
      this.#fail('unreachable', 'The answer does not come from a Snapper server.', error)
    }
  }

  #answered({ id, result, error }: ProducerAnswer): void {
    const pending = this.#pending.get(String(id))
    if (!pending) return
    this.#pending.delete(String(id))
    clearTimeout(pending.timer)
    if (error) pending.reject(new ProducerError(error.code ?? 0, error.message ?? 'The server answered with an error.'))
    else pending.resolve(result)
  }

  #fail(code: string, message: string, cause?: unknown): void {
    if (this.#over) return
    this.#over = true
    this.#socket.destroy()
    const error = new ProducerError(code, message, { cause })
    for (const { reject, timer } of this.#pending.values()) {
      clearTimeout(timer)
      reject(error)
    }
    this.#pending.clear()
    this.#end(error)
  }
}
