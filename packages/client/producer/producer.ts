import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { ProducerError } from './errors.ts'
import { Link } from './link.ts'
import { type ProducerOptions, type ProducerSettings, settingsOf } from './options.ts'
import { Outbox } from './outbox.ts'
import { Signer } from './token.ts'

interface Events {
  /** The connection is there again. */
  reconnect: []
  /** Why it is not; heard by whoever listens, and ignored otherwise. */
  error: [ProducerError]
}

/** Milliseconds between tries to connect again: the first pause, doubled each time, and the longest. */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 10_000

/**
 * Publishes messages to rooms of Snapper. It connects again by itself; what `sendMessage` has accepted is sent again
 * until the server has said that it is kept, so that a message may arrive twice, but not never.
 */
export class Producer extends EventEmitter<Events> {
  readonly #settings: ProducerSettings
  readonly #signers: Signer[]
  readonly #outbox: Outbox
  /** Which of the keys the server takes, as far as is known. */
  #signer = 0
  #link: Promise<Link> | undefined
  #sending: Promise<void> | undefined
  readonly #closing = new AbortController()

  /** @throws TypeError naming an option that will not do */
  constructor(options: ProducerOptions) {
    super()
    this.#settings = settingsOf(options)
    this.#signers = this.#settings.secretKeys.map((key) => new Signer(key))
    this.#outbox = new Outbox(this.#settings.messageWaitCount)
  }

  /** Resolves once the server has let the producer in. @throws ProducerError, and does not try again */
  async connect(): Promise<void> {
    if (this.#link) return void (await this.#link)
    this.#link = this.#open()
    try {
      this.#watch(await this.#link)
    } catch (error) {
      this.#link = undefined
      throw error
    }
    this.#send()
  }

  /** A token for a consumer (`userId`, maybe `source`), valid for `expiresIn` unless the payload says otherwise. */
  signAuth(payload: { userId?: string; [claim: string]: unknown }): string {
    const exp = Math.floor(Date.now() / 1000) + this.#settings.expiresIn
    return this.#signers[this.#signer]!.token({ exp, ...payload })
  }

  /**
   * Accepts a message for a room; it is on its way when this returns, also while there is no connection.
   * @throws ProducerError `full` when `messageWaitCount` messages wait, `closed` after `close`
   */
  sendMessage(room: string, message: string): void {
    if (this.#closing.signal.aborted) throw closed()
    this.#outbox.add(room, message)
    this.#send()
  }

  /** @returns 1, or 0 when the consumer was in the room already */
  async joinRoom(room: string, consumerId: string): Promise<number> {
    return Number(await this.request('subscribe', [room, consumerId]))
  }

  /** @returns 1, or 0 when the consumer was not in the room */
  async leaveRoom(room: string, consumerId: string): Promise<number> {
    return Number(await this.request('unsubscribe', [room, consumerId]))
  }

  /**
   * Any call of the server. While the connection is being made again it waits; one that was under way when it broke is
   * not repeated.
   * @throws ProducerError
   */
  async request(method: string, args: unknown[]): Promise<unknown> {
    if (!this.#link) throw new ProducerError('unreachable', 'Call connect first.')
    return (await this.#inTime(this.#link)).request(method, args)
  }

  /**
   * Ends the connection once every accepted message is with the server.
   * @throws ProducerError `timeout` when that takes longer than `readWriteTimeout`; then it is ended all the same
   */
  async close(): Promise<void> {
    const giveUp = pause(this.#settings.readWriteTimeout, undefined, { ref: false })
    await Promise.race([this.#sending, giveUp])
    this.#closing.abort()
    void this.#link?.then((link) => link.end()).catch(() => {})
    if (this.#outbox.size > 0)
      throw new ProducerError(
        'timeout',
        `${this.#outbox.size} messages could not be sent before the producer was closed.`,
      )
  }

  /** With the next key when the server does not know one. */
  async #open(): Promise<Link> {
    const { host, port, producerId: id, readWriteTimeout: timeout } = this.#settings
    for (let left = this.#signers.length; ; left--) {
      try {
        return await Link.open({ host, port, timeout, token: this.signAuth({ id }) })
      } catch (error) {
        if (left === 1 || !isUnauthorized(error)) throw error
        this.#signer = (this.#signer + 1) % this.#signers.length
      }
    }
  }

  #watch(link: Link): void {
    void link.ended.then((why) => {
      if (this.#closing.signal.aborted) return
      this.#tell(why)
      this.#link = this.#again()
      this.#link.catch((error: ProducerError) => this.#closing.signal.aborted || this.#tell(error))
    })
  }

  /** Until the server is there, or does not let it in. */
  async #again(): Promise<Link> {
    for (let wait = FIRST_PAUSE_MS; ; wait = Math.min(2 * wait, LONGEST_PAUSE_MS)) {
      await pause(wait * (0.5 + Math.random() / 2), undefined, { signal: this.#closing.signal }).catch(() => {
        throw closed()
      })
      try {
        const link = await this.#open()
        this.#watch(link)
        setImmediate(() => this.emit('reconnect'))
        return link
      } catch (error) {
        if (isUnauthorized(error)) throw error
        this.#tell(error as ProducerError)
      }
    }
  }

  #send(): void {
    if (this.#link && this.#outbox.size > 0) this.#sending ??= this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    while (this.#outbox.size > 0 && !this.#closing.signal.aborted) {
      const pairs = this.#outbox.next()
      try {
        await this.request('publish', pairs)
        this.#outbox.remove(pairs.length)
      } catch (error) {
        if (isUnauthorized(error)) break
        await pause(FIRST_PAUSE_MS)
      }
    }
    this.#sending = undefined
  }

  /** @throws ProducerError `timeout` while the connection is not there again */
  async #inTime(link: Promise<Link>): Promise<Link> {
    const { readWriteTimeout } = this.#settings
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

  #tell(error: ProducerError): void {
    if (this.listenerCount('error') > 0) this.emit('error', error)
  }
}

function isUnauthorized(error: unknown): boolean {
  return error instanceof ProducerError && error.code === 'unauthorized'
}

function closed(): ProducerError {
  return new ProducerError('closed', 'The producer was closed.')
}
