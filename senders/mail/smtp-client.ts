import { SmtpFailure } from './smtp-failure.ts'
import { type SessionOptions, type SmtpMessage, SmtpSession } from './smtp-session.ts'

/** Milliseconds for which no connection is tried after the server took no further one. */
const REST_MS = 60_000
/** Where `SMTP_URL` does not say it. Many servers end a session after a hundred messages. */
const MAX_MESSAGES = 100

export interface ClientOptions extends SessionOptions {
  maxMessages?: number | undefined
}

/** Sends one message at a time over a connection that it opens when it needs one. */
export class SmtpClient {
  readonly #options: ClientOptions
  #session: SmtpSession | undefined
  #restsUntil = 0

  constructor(options: ClientOptions) {
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
   * A server may end a session between two messages, and often says so only in answer to the second. That message
   * surely was not sent, so it goes over a new connection at once.
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

/** Whether a failure is that of a used session, so that the message may be taken on another one. */
function isOfSession(failure: SmtpFailure, session: SmtpSession): boolean {
  return failure.sent === 'no' && (!session.isOpen || failure.speaksOfSession)
}
