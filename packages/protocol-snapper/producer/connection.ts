import type { Socket } from 'node:net'
import { type App, errorCode, FrameError, FrameReader, LONGEST_FRAME } from '@carillon/contract'
import { failure, type Message, readMessage, success } from '../json-rpc.ts'
import { AUTH_WITHIN_MS, LONGEST_AUTH } from '../limits.ts'
import type { SnapperParts } from '../parts.ts'
import { TokenError } from '../token.ts'
import { keep, reply } from './handle.ts'
import { Line } from './line.ts'

/** A silent peer is asked by the system after this long. */
const KEEP_ALIVE_MS = 60_000

/** Half a second each; what many producers leave behind would fill the memory in the end. */
const MOST_TRIES_ALONE = 600

/** One producer: its frames are handled one after the other, and no more is read meanwhile. */
export class ProducerConnection {
  readonly #parts: SnapperParts
  readonly #socket: Socket
  readonly #line: Line
  readonly #reader = new FrameReader(LONGEST_AUTH)
  #app: App | undefined
  /** Hears nothing more. */
  #deaf = false
  /** What it sent besides is not looked at. */
  #refused = false
  #handling: Promise<void> = Promise.resolve()
  #stopping = false
  /** Tries to keep what a producer sent that has gone. */
  #triesAlone = 0

  static open(parts: SnapperParts, socket: Socket): ProducerConnection {
    const connection = new ProducerConnection(parts, socket)
    connection.#begin()
    return connection
  }

  private constructor(parts: SnapperParts, socket: Socket) {
    this.#parts = parts
    this.#socket = socket
    this.#line = new Line(socket)
  }

  /** What was read is handled and answered first, if the producer reads the answers. */
  async close(): Promise<void> {
    this.#deaf = true
    this.#stopping = true
    this.#line.endSoon()
    await this.#handling
    this.#line.end()
  }

  /** What was read is handled: the producer may have gone long before. */
  get handled(): Promise<void> {
    return this.#handling
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
      const { app, claims } = await this.#parts.tokens.verify(token, 'Snapper producer')
      this.#attend(app)
      this.#app = app
      this.#reader.longest = LONGEST_FRAME
      this.#parts.log.debug({ app: app.id, producer: nameOf(claims.id) }, 'a Snapper producer has signed in')
      await this.#line.say(success(message.id, 'OK'))
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      this.#refuse(failure(message.id, { ...unauthorized, data: `Error: ${error.message}` }))
    }
  }

  /** The connection ends with its app. */
  #attend({ id }: App): void {
    const forget = this.#parts.hub.connections.attend(id, () => this.#disabled())
    const end = () => void forget().catch((error: unknown) => this.#report(error))
    if (this.#socket.destroyed) end()
    else this.#socket.once('close', end)
  }

  #disabled(): void {
    this.#refuse(failure(null, { ...unauthorized, data: 'Error: The app is disabled' }))
  }

  /** The app may have been disabled since. While that cannot be known, it was not. */
  async #mayGoOn({ id }: App): Promise<boolean> {
    const apps = await this.#parts.apps.list().catch(() => undefined)
    const enabled = apps?.some((app) => app.id === id) ?? true
    if (!enabled) this.#disabled()
    return enabled
  }

  async #handle(app: App, message: Message): Promise<void> {
    if (message.kind === 'invalid') return this.#line.say(failure(null, message.error))
    if (message.kind === 'request') return this.#line.say(await reply(this.#parts, app.id, message))
    if (message.kind === 'notification' && message.method === 'publish')
      await keep(this.#parts, app.id, message.params, () => this.#mayTryAgain())
  }

  #mayTryAgain(): boolean {
    return !this.#stopping && (!this.#socket.destroyed || ++this.#triesAlone < MOST_TRIES_ALONE)
  }

  #refuse(text: string): void {
    this.#refused = true
    this.#deaf = true
    this.#line.end(text)
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
