import { once } from 'node:events'
import type { Socket } from 'node:net'
import { type App, errorCode, frame, FrameError, FrameReader, LONGEST_FRAME, type TcpHandler } from '@carillon/contract'
import type { SnapperDeps } from '../deps.ts'
import { failure, readMessage, type RpcMessage, success } from '../json-rpc.ts'
import { AUTH_WITHIN_MS, LONGEST_AUTH } from '../limits.ts'
import { TokenError } from '../token.ts'
import { keep, reply } from './methods.ts'

/** The system probes a silent peer after this time. */
const KEEP_ALIVE_MS = 60_000

/** Half a second each. What many producers leave behind would fill the memory in the end. */
const MOST_TRIES_ALONE = 600

/** Milliseconds that a producer has to read the last answers and to go. */
const LEAVE_WITHIN_MS = 2000

const unauthorized = { message: 'Unauthorized', code: 401 }
/** What the legacy server answers to a producer that does not begin with `auth`. */
const UNAUTHORIZED = { name: unauthorized.message }

/** The port of producers. */
export function producerHandler(deps: SnapperDeps): TcpHandler & { stop(): Promise<void> } {
  const open = new Set<ProducerConnection>()
  return {
    accept(socket) {
      const connection = ProducerConnection.open(deps, socket)
      open.add(connection)
      socket.once('close', () => void connection.handled.then(() => open.delete(connection)))
    },
    async stop() {
      await Promise.all([...open].map((connection) => connection.close()))
    },
  }
}

/** One producer: its frames are handled one after the other, and no more is read meanwhile. */
class ProducerConnection {
  readonly #deps: SnapperDeps
  readonly #socket: Socket
  readonly #line: ProducerLine
  readonly #reader = new FrameReader(LONGEST_AUTH)
  #app: App | undefined
  /** Nothing more is read. */
  #closed = false
  /** The rest of what it sent is ignored. */
  #refused = false
  #handling: Promise<void> = Promise.resolve()
  #stopping = false
  /** Tries to keep what a producer sent that has gone. */
  #triesAlone = 0

  static open(deps: SnapperDeps, socket: Socket): ProducerConnection {
    const connection = new ProducerConnection(deps, socket)
    connection.#begin()
    return connection
  }

  private constructor(deps: SnapperDeps, socket: Socket) {
    this.#deps = deps
    this.#socket = socket
    this.#line = new ProducerLine(socket)
  }

  /** What was read is handled and answered first, if the producer reads the answers. */
  async close(): Promise<void> {
    this.#closed = true
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
      this.#closed = true
      clearTimeout(late)
    })
    socket.on('data', (chunk: Buffer) => {
      if (this.#closed) return
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

  async #authenticate(message: RpcMessage): Promise<void> {
    if (message.kind !== 'request' || message.method !== 'auth') return this.#refuse(JSON.stringify(UNAUTHORIZED))
    const [token] = Array.isArray(message.params) ? (message.params as unknown[]) : []
    try {
      const { app, claims } = await this.#deps.tokens.verify(token, 'Snapper producer')
      this.#attend(app)
      this.#app = app
      this.#reader.longest = LONGEST_FRAME
      this.#deps.log.debug({ app: app.id, producer: nameOf(claims.id) }, 'a Snapper producer has signed in')
      await this.#line.write(success(message.id, 'OK'))
    } catch (error) {
      if (!(error instanceof TokenError)) throw error
      this.#refuse(failure(message.id, { ...unauthorized, data: `Error: ${error.message}` }))
    }
  }

  /** The connection ends with its app. */
  #attend({ id }: App): void {
    const forget = this.#deps.hub.connections.attend(id, () => this.#disabled())
    const end = () => void forget().catch((error: unknown) => this.#report(error))
    if (this.#socket.destroyed) end()
    else this.#socket.once('close', end)
  }

  #disabled(): void {
    this.#refuse(failure(null, { ...unauthorized, data: 'Error: The app is disabled' }))
  }

  /** The app may have been disabled since. While that cannot be known, it was not. */
  async #mayGoOn({ id }: App): Promise<boolean> {
    const apps = await this.#deps.apps.list().catch(() => undefined)
    const enabled = apps?.some((app) => app.id === id) ?? true
    if (!enabled) this.#disabled()
    return enabled
  }

  async #handle(app: App, message: RpcMessage): Promise<void> {
    if (message.kind === 'invalid') return this.#line.write(failure(null, message.error))
    if (message.kind === 'request') return this.#line.write(await reply(this.#deps, app.id, message))
    if (message.kind === 'notification' && message.method === 'publish')
      await keep(this.#deps, app.id, message.params, () => this.#mayTryAgain())
  }

  #mayTryAgain(): boolean {
    return !this.#stopping && (!this.#socket.destroyed || ++this.#triesAlone < MOST_TRIES_ALONE)
  }

  #refuse(text: string): void {
    this.#refused = true
    this.#closed = true
    this.#line.end(text)
  }

  #fail(error: unknown): void {
    if (!(error instanceof FrameError)) this.#report(error)
    this.#socket.destroy()
  }

  #report(error: unknown): void {
    this.#deps.log.warn({ code: errorCode(error) }, 'a connection of a Snapper producer failed')
  }
}

/** Writes to a producer. */
class ProducerLine {
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Resolves once more may be written, so that a producer that does not read its answers waits. */
  async write(text: string): Promise<void> {
    const socket = this.#socket
    if (!socket.writable || socket.write(frame(text))) return
    const gone = new AbortController()
    const closed = () => gone.abort()
    socket.once('close', closed)
    await once(socket, 'drain', { signal: gone.signal }).catch(() => {})
    socket.off('close', closed)
  }

  /** What still comes is read and thrown away: a reset in its place would take the last answer with it. */
  end(last?: string): void {
    this.#socket.end(last === undefined ? '' : frame(last))
    this.#socket.resume()
    this.endSoon()
  }

  endSoon(): void {
    setTimeout(() => this.#socket.destroy(), LEAVE_WITHIN_MS).unref()
  }
}

function nameOf(id: unknown): string {
  return typeof id === 'string' ? id.slice(0, 100) : ''
}
