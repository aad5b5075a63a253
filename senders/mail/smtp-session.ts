import { Readable } from 'node:stream'
import SMTPConnection, { type AuthenticationType, type Options, type SMTPError } from 'nodemailer/lib/smtp-connection'
import { type Phase, SmtpFailure } from './smtp-failure.ts'

const ASCII = /^[ -~]*$/
/** Bytes that are handed to the socket at a time. */
const CHUNK = 64 * 1024

export interface SmtpSessionOptions extends Options {
  auth?: AuthenticationType | undefined
}

/** A message as it goes over the wire. */
export interface SmtpMessage {
  from: string
  to: string[]
  bytes: Buffer
}

/** Addresses of a message that the server refused, though it took the message for others. */
type Refusals = SMTPError[]

/** A connection to the mail server on which messages can be sent, one after the other. */
export class SmtpSession {
  readonly #connection: SMTPConnection
  #error: SMTPError | undefined
  /** SMTPUTF8, RFC 6531. */
  #takesUtf8 = false
  /** The server still holds the envelope of a message that it refused. */
  #needsReset = false
  /** Messages that were begun. */
  messages = 0

  private constructor(options: SmtpSessionOptions) {
    this.#connection = new SMTPConnection(options)
    this.#connection.on('error', (error: SMTPError) => (this.#error = error))
  }

  /** Connects and logs in. @throws SmtpFailure */
  static async open({ auth, ...options }: SmtpSessionOptions, signal: AbortSignal): Promise<SmtpSession> {
    const session = new SmtpSession(options)
    const connection = session.#connection
    try {
      await session.#step<unknown>(signal, (done) => connection.connect(done))
      session.#takesUtf8 = /^250[ -]SMTPUTF8\b/im.test(connection.lastServerResponse || '')
      if (auth && connection.allowsAuth) await session.#step<unknown>(signal, (done) => connection.login(auth, done))
      return session
    } catch (error) {
      connection.close()
      throw new SmtpFailure(error as SMTPError, 'opening')
    }
  }

  get isOpen(): boolean {
    return !this.#connection.destroyed
  }

  /** @returns the server's replies to refused addresses, where it accepted the message for others. @throws SmtpFailure */
  async send({ from, to, bytes }: SmtpMessage, signal: AbortSignal): Promise<Refusals> {
    this.messages++
    const message = Readable.from(chunksOf(bytes))
    if (!this.#takesUtf8) refuseUtf8(from, to)
    try {
      if (this.#needsReset) await this.#reset(signal)
      const envelope = { from, to, size: bytes.length }
      const info = await this.#step<{ rejectedErrors?: Refusals | undefined }>(signal, (done) =>
        this.#connection.send(envelope, message, done),
      )
      return info.rejectedErrors ?? []
    } catch (error) {
      this.#needsReset = true
      throw new SmtpFailure(error as SMTPError, phaseOf(message))
    }
  }

  close(): void {
    if (this.isOpen) this.#connection.quit()
  }

  /** A server that does not start anew is left. */
  async #reset(signal: AbortSignal): Promise<void> {
    try {
      await this.#step<unknown>(signal, (done) => this.#connection.reset(done))
      this.#needsReset = false
    } catch (error) {
      this.#connection.close()
      throw error
    }
  }

  /**
   * One exchange with the server. It fails as well when the connection ends, and ends the connection when it is aborted.
   */
  #step<T>(signal: AbortSignal, begin: (done: (error?: SMTPError | null, value?: T) => void) => void): Promise<T> {
    const connection = this.#connection
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const abort = () => connection.close()
    // The library calls back with the server's words just after it has ended the connection.
    const end = () => queueMicrotask(() => reject(this.#error ?? new Ended(signal)))
    signal.addEventListener('abort', abort)
    connection.once('end', end)
    if (signal.aborted) abort()
    else begin((error, value) => (error ? reject(error) : resolve(value as T)))
    return promise.finally(() => {
      signal.removeEventListener('abort', abort)
      connection.off('end', end)
    })
  }
}

/** A domain has an ASCII form, but the part before the @ has none. */
function refuseUtf8(from: string, to: string[]): void {
  const isSender = !ASCII.test(from)
  if (isSender || !to.every((address) => ASCII.test(address)))
    throw new SmtpFailure(new Utf8Refused(isSender), 'envelope')
}

class Utf8Refused extends Error {
  readonly code = 'SMTPUTF8'
  readonly command: string
  constructor(isSender: boolean) {
    super('it does not accept an address with non-ASCII characters before the @ (SMTPUTF8)')
    this.command = isSender ? 'MAIL FROM' : 'RCPT TO'
  }
}

class Ended extends Error {
  readonly code: string
  constructor({ aborted }: AbortSignal) {
    super('the connection ended')
    this.code = aborted ? 'EABORT' : 'ECONNECTION'
  }
}

function* chunksOf(bytes: Buffer): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += CHUNK) yield bytes.subarray(at, at + CHUNK)
}

/** The library reads a message once the server has answered 354, and writes the final dot once it has read all of it. */
function phaseOf(message: Readable): Phase {
  if (message.readableEnded) return 'sent'
  return message.readableDidRead ? 'sending' : 'envelope'
}
