import { EventEmitter } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { LONGEST_FRAME } from '@carillon/contract'
import { Connection, expiryIn } from './connection.ts'
import { closed, ProducerError } from './errors.ts'
import { Keys } from './keys.ts'
import { type ProducerOptions, type ProducerSettings, settingsOf } from './options.ts'

interface Events {
  /** The connection is there again. */
  reconnect: []
  /** Why there is no connection. Ignored when there is no listener. */
  error: [ProducerError]
}

/** Milliseconds until messages that the server could not keep are sent again. */
const TRY_AGAIN_MS = 100

/**
 * Publishes messages to rooms of Snapper. It reconnects by itself. Messages that `sendMessage` has accepted are
 * sent again until the server confirms that it stored them, so that each arrives at least once.
 */
export class Producer extends EventEmitter<Events> {
  readonly #settings: ProducerSettings
  readonly #keys: Keys
  readonly #outbox: Outbox
  readonly #connection: Connection
  #sending: Promise<void> | undefined

  /** @throws TypeError naming an option that will not do */
  constructor(options: ProducerOptions) {
    super()
    this.#settings = settingsOf(options)
    this.#keys = new Keys(this.#settings.secretKeys)
    this.#outbox = new Outbox(this.#settings.messageWaitCount)
    this.#connection = new Connection({
      settings: this.#settings,
      keys: this.#keys,
      onReconnect: () => this.emit('reconnect'),
      onError: (why) => this.listenerCount('error') > 0 && this.emit('error', why),
    })
  }

  /**
   * Resolves once the server has let the producer in; to be called again after the error `unauthorized`.
   * @throws ProducerError, and does not try again
   */
  async connect(): Promise<void> {
    await this.#connection.connect()
    this.#send()
  }

  /** A token for a consumer (`userId`, maybe `source`), valid for `expiresIn` unless the payload says otherwise. */
  signAuth(payload: { userId?: string; [claim: string]: unknown }): string {
    return this.#keys.token({ exp: expiryIn(this.#settings.expiresIn), ...payload })
  }

  /**
   * Accepts a message for a room; it is on its way when this returns, also while there is no connection.
   * @throws ProducerError `full` when `messageWaitCount` messages wait, `closed` after `close`
   */
  sendMessage(room: string, message: string): void {
    if (this.#connection.isClosed) throw closed()
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
  request(method: string, args: unknown[]): Promise<unknown> {
    return this.#connection.request(method, args)
  }

  /**
   * Ends the connection once every accepted message is with the server.
   * @throws ProducerError `timeout` when that takes longer than `readWriteTimeout`; then the connection is ended too
   */
  async close(): Promise<void> {
    const giveUp = pause(this.#settings.readWriteTimeout, undefined, { ref: false })
    await Promise.race([this.#sending, giveUp])
    this.#connection.close()
    if (this.#outbox.size > 0)
      throw new ProducerError(
        'timeout',
        `${this.#outbox.size} messages could not be sent before the producer was closed.`,
      )
  }

  #send(): void {
    if (this.#connection.isKept && this.#outbox.size > 0) this.#sending ??= this.#sendAll()
  }

  async #sendAll(): Promise<void> {
    while (this.#outbox.size > 0 && this.#connection.isKept && !this.#connection.isClosed) {
      const pairs = this.#outbox.next()
      try {
        await this.request('publish', pairs)
        this.#outbox.remove(pairs.length)
      } catch {
        await pause(TRY_AGAIN_MS)
      }
    }
    this.#sending = undefined
  }
}

type Pair = [room: string, message: string]

/** Pairs in one `publish`, as in every Snapper client, and the bytes beyond which no further pair is added. */
const MOST_PAIRS = 50
const MOST_BYTES = LONGEST_FRAME / 2
/** Bytes around the pairs. */
const AROUND = 200

/** Accepted messages that the server does not have yet, in order. */
class Outbox {
  readonly #most: number
  #waiting: { pair: Pair; bytes: number }[] = []

  constructor(most: number) {
    this.#most = most
  }

  get size(): number {
    return this.#waiting.length
  }

  /** @throws ProducerError `full`; TypeError and RangeError for what no server accepts */
  add(room: string, message: string): void {
    if (typeof room !== 'string' || room === '') throw new TypeError('room must be a non-empty text')
    if (typeof message !== 'string' || message === '') throw new TypeError('message must be a non-empty text')
    const bytes = Buffer.byteLength(JSON.stringify([room, message]))
    if (bytes > LONGEST_FRAME - AROUND) throw new RangeError(`a message has at most ${LONGEST_FRAME - AROUND} bytes`)
    if (this.size >= this.#most)
      throw new ProducerError(
        'full',
        `${this.#most} messages already wait for the server, which is unavailable or too slow.`,
      )
    this.#waiting.push({ pair: [room, message], bytes })
  }

  /** The oldest; they stay until they are removed. */
  next(): Pair[] {
    let bytes = 0
    const most = this.#waiting.slice(0, MOST_PAIRS)
    const end = most.findIndex((each, place) => (bytes += each.bytes) > MOST_BYTES && place > 0)
    return (end < 0 ? most : most.slice(0, end)).map(({ pair }) => pair)
  }

  remove(count: number): void {
    this.#waiting = this.#waiting.slice(count)
  }
}
