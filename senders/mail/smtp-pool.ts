import { SmtpFailure } from './smtp-failure.ts'
import { type SmtpSessionOptions, type SmtpMessage, SmtpSession } from './smtp-session.ts'

/** Where `SMTP_URL` does not say it. */
const MAX_CONNECTIONS = 5

export interface PoolOptions extends SmtpClientOptions {
  maxConnections?: number | undefined
}

/** Connections to one server, opened as messages need them. */
export class SmtpPool {
  /** Those that send. */
  readonly #busy = new Set<SmtpClient>()
  /** The last one was used last. */
  readonly #free: SmtpClient[]
  /** Messages without a connection, in their order. */
  readonly #waiting = new Set<(client: SmtpClient | null) => void>()

  constructor(options: PoolOptions) {
    const length = Math.max(1, Number(options.maxConnections) || MAX_CONNECTIONS)
    this.#free = Array.from({ length }, () => new SmtpClient(options))
  }

  /**
   * A message waits while all connections are busy. Where the server takes no further connection it waits for those
   * that there are.
   * @returns the server's replies to refused addresses, where it accepted the message for others; null when the
   * signal was aborted while the message waited
   * @throws SmtpFailure
   */
  async send(message: SmtpMessage, signal: AbortSignal): Promise<Awaited<ReturnType<SmtpClient['send']>> | null> {
    const client = await this.#take(signal)
    if (!client) return null
    try {
      return await client.send(message, signal)
    } catch (error) {
      const isTurnedAway = error instanceof SmtpFailure && error.isTurnedAway
      if (!isTurnedAway || !this.#hasOthers()) throw error
      client.rest()
    } finally {
      this.#give(client)
    }
    return this.send(message, signal)
  }

  close(): void {
    for (const client of [...this.#free, ...this.#busy]) client.close()
  }

  #hasOthers(): boolean {
    return this.#busy.size > 1 || this.#free.some((client) => client.isConnected)
  }

  /** Null when the signal is aborted first. */
  #take(signal: AbortSignal): Promise<SmtpClient | null> {
    const { promise, resolve } = Promise.withResolvers<SmtpClient | null>()
    const abort = () => {
      this.#waiting.delete(resolve)
      resolve(null)
    }
    this.#waiting.add(resolve)
    if (signal.aborted) abort()
    signal.addEventListener('abort', abort)
    this.#handOut()
    return promise.finally(() => signal.removeEventListener('abort', abort))
  }

  #give(client: SmtpClient): void {
    this.#busy.delete(client)
    this.#free.push(client)
    this.#handOut()
  }

  #handOut(): void {
    for (const resolve of this.#waiting) {
      const client = this.#best()
      if (!client) return
      this.#waiting.delete(resolve)
      this.#free.splice(this.#free.indexOf(client), 1)
      this.#busy.add(client)
      resolve(client)
    }
  }

  /** A connected one, else one that may connect. A resting one is used only if no connection is busy. */
  #best(): SmtpClient | undefined {
    const free = this.#free
    const ready = free.findLast((client) => client.isConnected) ?? free.findLast((client) => !client.isResting)
    return ready ?? (this.#busy.size === 0 ? free.at(-1) : undefined)
  }
}

/** Milliseconds for which no connection is tried after the server took no further one. */
const REST_MS = 60_000
/** Where `SMTP_URL` does not say it. Many servers end a session after a hundred messages. */
const MAX_MESSAGES = 100

export interface SmtpClientOptions extends SmtpSessionOptions {
  maxMessages?: number | undefined
}

/** Sends one message at a time over a connection that it opens when it needs one. */
export class SmtpClient {
  readonly #options: SmtpClientOptions
  #session: SmtpSession | undefined
  #restsUntil = 0

  constructor(options: SmtpClientOptions) {
    this.#options = options
  }

  get isConnected(): boolean {
    return this.#session?.isOpen === true
  }

  get isResting(): boolean {
    return performance.now() < this.#restsUntil
  }

  /** The server takes no further connection for the moment. */
  rest(): void {
    this.#restsUntil = performance.now() + REST_MS
  }

  /**
   * A server may end a session between two messages, and often says so only in answer to the second. That message was
   * certainly not sent, so it is sent over a new connection at once.
   * @throws SmtpFailure
   */
  async send(message: SmtpMessage, signal: AbortSignal) {
    const session = this.#session
    if (session?.isOpen) {
      try {
        return await this.#sendOver(session, message, signal)
      } catch (error) {
        if (signal.aborted || !(error instanceof SmtpFailure) || !isOfSession(error, session)) throw error
        session.close()
      }
    }
    return this.#sendOver((this.#session = await SmtpSession.open(this.#options, signal)), message, signal)
  }

  close(): void {
    this.#session?.close()
  }

  async #sendOver(session: SmtpSession, message: SmtpMessage, signal: AbortSignal) {
    try {
      return await session.send(message, signal)
    } finally {
      if (session.messages >= (this.#options.maxMessages ?? MAX_MESSAGES)) session.close()
    }
  }
}

/** Whether the used session is the reason, so that another one may accept the message. */
function isOfSession(failure: SmtpFailure, session: SmtpSession): boolean {
  return failure.sent === 'no' && (!session.isOpen || failure.speaksOfSession)
}
