import { setTimeout as pause } from 'node:timers/promises'
import { closed, isUnauthorized, ProducerError } from './errors.ts'
import type { Keys } from './keys.ts'
import { Link } from './link.ts'
import type { ProducerSettings } from './options.ts'

export interface ConnectionParts {
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
  readonly #parts: ConnectionParts
  readonly #closing = new AbortController()
  #link: Promise<Link> | undefined

  constructor(parts: ConnectionParts) {
    this.#parts = parts
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
    if (!this.#link) throw new ProducerError('unreachable', 'There is no connection: call connect.')
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
    const { onError, onReconnect } = this.#parts
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
        this.#parts.onError(error as ProducerError)
      }
    }
  }

  /** With the next key when the server does not know one. */
  async #open(): Promise<Link> {
    const { settings, keys } = this.#parts
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
    const { readWriteTimeout } = this.#parts.settings
    const over = new AbortController()
    const late = pause(readWriteTimeout, undefined, { signal: over.signal }).then(() => {
      throw new ProducerError('timeout', `There was no connection for ${readWriteTimeout} ms.`)
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
