import type { Connected, ServerMessage } from '@carillon/contract/session-messages'
import { SessionError, sessionError } from './errors.ts'
import { later } from './platform.ts'
import { type Done, Link, type LinkDeps } from './link.ts'

export interface ReconnectingLinkDeps {
  address(): Promise<string>
  socket: LinkDeps['socket']
  /** Milliseconds, as of `JoinOptions`. */
  silence: number
  heard(message: ServerMessage): void
  lost(reason: string): void
  /** It is connected again, as another connection. */
  back(): void
  ended(error: SessionError): void
}

/** Milliseconds, doubled with each try. */
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 30_000

/** The connection to the server, which reconnects by itself. */
export class ReconnectingLink {
  readonly #deps: ReconnectingLinkDeps
  #link: Link | undefined
  #held: ServerMessage[] | undefined
  #retry: ReturnType<typeof setTimeout> | undefined
  #closed = false
  connectionId = ''

  constructor(deps: ReconnectingLinkDeps) {
    this.#deps = deps
  }

  /** Resolves once the server has let it in. @throws SessionError */
  async open(): Promise<void> {
    const { socket, silence } = this.#deps
    const address = await this.#deps.address()
    const { promise, resolve, reject } = later<void>()
    const link = new Link({
      address,
      socket,
      silence,
      heard: (message) => {
        if (message.type === 'connected') resolve(this.#enter(link, message))
        else if (this.#link === link) this.#hear(message)
      },
      closed: (code, reason) => {
        const error = errorOf(code, reason)
        if (this.#link === link) this.#lost(error)
        else reject(error)
      },
    })
    await promise
  }

  get isThere(): boolean {
    return this.#link !== undefined
  }

  /** @throws SessionError */
  async ask(message: object): Promise<Done> {
    if (this.#link) return this.#link.ask(message)
    throw new SessionError('unavailable', 'The session is not connected at the moment')
  }

  /** Without an answer; into the void when there is no connection. */
  say(message: object): void {
    this.#link?.say(message)
  }

  close(): void {
    this.#closed = true
    clearTimeout(this.#retry)
    const link = this.#link
    this.#link = undefined
    link?.close()
  }

  #enter(link: Link, connected: Connected): void {
    if (this.#closed) return link.close()
    this.#link = link
    this.connectionId = connected.connectionId
    // The caller that waits for the connection can add listeners before the first event.
    setTimeout(() => this.#release(link))
    this.#held = [connected]
  }

  #release(link: Link): void {
    if (this.#link !== link) return
    const held = this.#held ?? []
    this.#held = undefined
    for (const message of held) this.#deps.heard(message)
  }

  #hear(message: ServerMessage): void {
    if (this.#held) this.#held.push(message)
    else this.#deps.heard(message)
  }

  #lost(error: SessionError): void {
    this.#link = undefined
    if (error.code !== 'unavailable') return this.#deps.ended(error)
    this.#deps.lost(error.message)
    this.#comeBack(0)
  }

  #comeBack(tries: number): void {
    const pause = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries) * (0.5 + Math.random() / 2)
    this.#retry = setTimeout(() => {
      this.open().then(
        () => this.#deps.back(),
        (error: unknown) => {
          if (this.#closed) return
          if (error instanceof SessionError && error.code !== 'unavailable') this.#deps.ended(error)
          else this.#comeBack(tries + 1)
        },
      )
    }, pause)
  }
}

/** After codes from 4400 to 4499 the client must not reconnect. */
function errorOf(code: number, reason: string): SessionError {
  if (code >= 4400 && code < 4500) return sessionError(code - 4000, reason)
  return new SessionError('unavailable', reason || `The server cannot be reached: the connection closed with ${code}`)
}
