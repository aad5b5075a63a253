import { type ClientOptions, SmtpClient } from './smtp-client.ts'
import { SmtpFailure } from './smtp-failure.ts'
import type { SmtpMessage } from './smtp-session.ts'

/** Where `SMTP_URL` does not say it. */
const MAX_CONNECTIONS = 5

export interface PoolOptions extends ClientOptions {
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
   * @returns what the server said to the addresses that it refused, where it took the message for others; null when the
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

  /** One that is connected, else one that may connect. One that rests does so where nobody else is there to wait for. */
  #best(): SmtpClient | undefined {
    const free = this.#free
    const ready = free.findLast((client) => client.isConnected) ?? free.findLast((client) => !client.isResting)
    return ready ?? (this.#busy.size === 0 ? free.at(-1) : undefined)
  }
}
