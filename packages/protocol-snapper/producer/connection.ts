import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type App, errorCode, frame, FrameError, FrameReader, LONGEST_FRAME } from '@carillon/contract'
import { failure, type Message, readMessage, success } from '../json-rpc.ts'
import { AUTH_WITHIN_MS, LONGEST_AUTH } from '../limits.ts'
import type { SnapperParts } from '../parts.ts'
import { TokenError } from '../token.ts'
import { keep, reply } from './handle.ts'

/** A silent peer is asked by the system after this long. */
const KEEP_ALIVE_MS = 60_000

/** Milliseconds that a producer has to read the last answers and to go. */
const LEAVE_WITHIN_MS = 2000

/** One producer: its frames are handled one after the other, and no more is read meanwhile. */
export class ProducerConnection {
  readonly #parts: SnapperParts
  readonly #socket: Socket
  readonly #reader = new FrameReader(LONGEST_AUTH)
  #app: App | undefined
  /** Hears nothing more. */
  #deaf = false
  /** What it sent besides is not looked at. */
  #refused = false
  #handling: Promise<void> = Promise.resolve()

  static open(parts: SnapperParts, socket: Socket): ProducerConnection {
    const connection = new ProducerConnection(parts, socket)
    connection.#begin()
    return connection
  }

  private constructor(parts: SnapperParts, socket: Socket) {
    this.#parts = parts
    this.#socket = socket
  }

  /** What was read is handled and answered first, if the producer reads the answers. */
  async close(): Promise<void> {
    this.#deaf = true
    this.#goSoon()
    await this.#handling
    this.#leave()
  }

  #begin(): void {
    const socket = this.#socket
    const late = setTimeout(() => this.#app ?? socket.destroy(), AUTH_WITHIN_MS)
    socket.setNoDelay(true)
    socket.setKeepAlive(true, KEEP_ALIVE_MS)
    socket.on('error', () => socket.destroy())
    socket.on('close', () => {
      this.#deaf = true
      clearTimeout(late)
    })
    socket.on('data', (chunk: Buffer) => {
      if (this.#deaf) return
      socket.pause()
      this.#handling = this.#take(chunk).then(
        () => void socket.resume(),
        (error: unknown) => this.#fail(error),
      )
    })
  }

  async #take(chunk: Buffer): Promise<void> {
    for (const text of this.#reader.read(chunk)) {
      const message = readMessage(text)
      if (!this.#app) await this.#authenticate(message)
      else if (await this.#mayGoOn(this.#app)) await this.#handle(this.#app, message)
      if (this.#refused) return
    }
  }

  async #authenticate(message: Message): Promise<void> {
    if (message.kind !== 'request' || message.method !== 'auth') return this.#refuse(JSON.stringify(UNAUTHORIZED))
    const [token] = Array.isArray(message.params) ? (message.params as unknown[]) : []
    try {
      const { app, claims } = await this.#parts.tokens.verify(token)
      this.#app = app
      this.#reader.longest = LONGEST_FRAME
      this.#parts.log.debug({ app: app.id, producer: nameOf(claims.id) }, 'a Snapper producer has signed in')
      await this.#answer(success(message.id, 'OK'))
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      this.#refuse(failure(message.id, { ...unauthorized, data: `Error: ${error.message}` }))
    }
  }

  /** The app may have been disabled since. While that cannot be known, it was not. */
  async #mayGoOn({ id }: App): Promise<boolean> {
    const apps = await this.#parts.apps.list().catch(() => undefined)
    const enabled = apps?.some((app) => app.id === id) ?? true
    if (!enabled) this.#refuse(failure(null, { ...unauthorized, data: 'Error: The app is disabled' }))
    return enabled
  }

  async #handle(app: App, message: Message): Promise<void> {
    if (message.kind === 'invalid') return this.#answer(failure(null, message.error))
    if (message.kind === 'request') return this.#answer(await reply(this.#parts, app.id, message))
    if (message.kind === 'notification' && message.method === 'publish')
      await keep(this.#parts, app.id, message.params, () => this.#deaf)
  }

  /** One that asks and does not read waits for itself. */
  async #answer(text: string): Promise<void> {
    const socket = this.#socket
    if (!socket.writable || socket.write(frame(text))) return
    const gone = new AbortController()
    const closed = () => gone.abort()
    socket.once('close', closed)
    await once(socket, 'drain', { signal: gone.signal }).catch(() => {})
    socket.off('close', closed)
  }

  #refuse(text: string): void {
    this.#refused = true
    this.#deaf = true
    this.#leave(frame(text))
  }

  /** What still comes is read and thrown away: a reset in its place would take the last answer with it. */
  #leave(last = ''): void {
    this.#socket.end(last)
    this.#socket.resume()
    this.#goSoon()
  }

  #goSoon(): void {
    setTimeout(() => this.#socket.destroy(), LEAVE_WITHIN_MS).unref()
  }

  #fail(error: unknown): void {
    if (!(error instanceof FrameError)) this.#report(error)
    this.#socket.destroy()
  }

  #report(error: unknown): void {
    this.#parts.log.warn({ code: errorCode(error) }, 'a Snapper producer could not be served')
  }
}

const unauthorized = { message: 'Unauthorized', code: 401 }
/** As the original says it to whoever does not begin with `auth`. */
const UNAUTHORIZED = { name: unauthorized.message }

function nameOf(id: unknown): string {
  return typeof id === 'string' ? id.slice(0, 100) : ''
}
