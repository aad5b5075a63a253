import type { ServerMessage, SessionAnswer } from '@carillon/contract/session-messages'
import { SessionError, sessionError } from './errors.ts'
import { later } from './platform.ts'

export type Done = Extract<SessionAnswer<number>, { type: 'done' }>

export interface LinkDeps {
  address: string
  /** `WebSocket`, or a class that is like it. */
  socket: new (url: string) => WebSocket
  /** Milliseconds, as of `JoinOptions`. */
  silence: number
  heard(message: ServerMessage): void
  /** Called once, with the code of the WebSocket's close. */
  closed(code: number, reason: string): void
}

/** One WebSocket to the server, from the first message to the last. */
export class Link {
  readonly #socket: WebSocket
  readonly #silence: Silence
  readonly #closed: LinkDeps['closed']
  readonly #asked = new Map<number, { resolve(done: Done): void; reject(error: SessionError): void }>()
  #requests = 0
  #over = false

  constructor({ address, socket: Socket, silence: after, heard, closed }: LinkDeps) {
    this.#closed = closed
    this.#socket = new Socket(address)
    this.#silence = new Silence({ after, ask: () => void this.ask(ANYTHING).catch(ignore), over: () => this.#giveUp() })
    this.#socket.addEventListener('message', ({ data }) => {
      if (this.#over) return
      this.#silence.heard()
      const message = messageIn(data)
      if (!message) return
      if ('request' in message) this.#answered(message)
      else heard(message)
    })
    this.#socket.addEventListener('close', ({ code, reason }) => this.#end(code, reason))
  }

  /** @throws SessionError */
  ask(message: object): Promise<Done> {
    const request = ++this.#requests
    const { promise, resolve, reject } = later<Done>()
    if (this.say({ ...message, request })) this.#asked.set(request, { resolve, reject })
    else reject(new SessionError('unavailable', 'The session is not connected at the moment'))
    return promise
  }

  /** Without an answer. @returns false when there is no connection */
  say(message: object): boolean {
    if (this.#socket.readyState !== OPEN) return false
    this.#socket.send(JSON.stringify(message))
    return true
  }

  close(): void {
    this.#silence.stop()
    this.#socket.close(1000)
  }

  /** The socket itself may take minutes to find out. */
  #giveUp(): void {
    this.#end(ABNORMAL, 'The server no longer responds')
    this.#socket.close()
  }

  #end(code: number, reason: string): void {
    if (this.#over) return
    this.#over = true
    this.#silence.stop()
    for (const { reject } of this.#asked.values()) reject(new SessionError('unavailable', 'The connection was lost'))
    this.#closed(code, reason)
  }

  #answered(answer: SessionAnswer<number>): void {
    const asked = this.#asked.get(answer.request)
    this.#asked.delete(answer.request)
    if (answer.type === 'done') asked?.resolve(answer)
    else asked?.reject(sessionError(answer.code, answer.message))
  }
}

/** Undefined for what is no message: a throw here would end a process on Node. */
function messageIn(data: unknown): ServerMessage | SessionAnswer<number> | undefined {
  try {
    const message = JSON.parse(String(data)) as { type?: unknown } | null
    return typeof message?.type === 'string' ? (message as ServerMessage | SessionAnswer<number>) : undefined
  } catch {
    return undefined
  }
}

const OPEN = 1
/** As WebSockets have it: closed without a word. */
const ABNORMAL = 1006
/** What every client may ask, and is answered. */
const ANYTHING = { type: 'iceServers' }

/** Who is silent is given up anyway. */
function ignore(): void {}

interface SilenceDeps {
  /** Milliseconds. */
  after: number
  /** Called after a silence; a server that is there answers it. */
  ask(): void
  /** Called when there was no answer for as long again. */
  over(): void
}

/** Notices a server that is gone without closing: a browser may never report that it has left its network. */
class Silence {
  readonly #deps: SilenceDeps
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(deps: SilenceDeps) {
    this.#deps = deps
    this.heard()
  }

  heard(): void {
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#ask(), this.#deps.after)
  }

  stop(): void {
    clearTimeout(this.#timer)
  }

  #ask(): void {
    const { after, ask, over } = this.#deps
    this.#timer = setTimeout(over, after)
    ask()
  }
}
