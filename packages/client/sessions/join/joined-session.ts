import type { ServerMessage, SessionConnection, SessionStream } from '@carillon/contract/session-messages'
import { Calls } from './calls.ts'
import type { SessionError } from './errors.ts'
import { Listeners, Room, type SessionEvents, type SessionListener } from './room.ts'
import { ReconnectingLink } from './reconnecting-link.ts'
import type { Publication, PublishOptions } from './publication.ts'
import type { Media } from './platform.ts'
import type { Subscription } from './subscription.ts'

/**
 * Joins a session, from a browser or, without media, from Node.
 * @param url of the server, such as `https://push.example.com`; a path in it is that of a proxy
 * @throws TypeError naming the option that cannot be used
 * @throws SessionError when it is not let in, or cannot be reached
 */
export async function joinSession(url: string, options: JoinOptions): Promise<JoinedSession> {
  const session = new JoinedSession(joinSettings(url, options))
  await session.join()
  return session
}

export interface JoinOptions {
  sessionId: string
  /** As your server made it; a function is asked again whenever the connection has to be made anew. */
  token: string | (() => string | Promise<string>)
  /** A class like `WebSocket`, such as that of npm `ws`, where there is none. */
  WebSocket?: new (url: string) => WebSocket
  /** Milliseconds that a subscription waits for media; default 20,000. */
  mediaWithin?: number
  /**
   * Milliseconds without a message after which the server is probed. If it sends nothing for as long again, the
   * connection counts as lost. Default 30,000.
   */
  silence?: number
}

const MEDIA_WITHIN_MS = 20_000
const SILENCE_MS = 30_000

/** The options, checked and complete. */
interface JoinSettings {
  socket: new (url: string) => WebSocket
  /** Milliseconds, as is `silence`. */
  mediaWithin: number
  silence: number
  address(): Promise<string>
}

/** @throws TypeError naming the option that cannot be used */
function joinSettings(url: string, options: JoinOptions): JoinSettings {
  if (!/^https?:\/\//i.test(url) || !URL.canParse(url)) throw new TypeError('url must be one of http or https')
  const { sessionId, token, WebSocket: socket = globalThis.WebSocket } = options
  const { mediaWithin = MEDIA_WITHIN_MS, silence = SILENCE_MS } = options
  if (socket === undefined) throw new TypeError('The option WebSocket is required, because this environment has none')
  const base = `${url.replace(/^http/i, 'ws').replace(/\/+$/, '')}/session/${encodeURIComponent(sessionId)}`
  const given = typeof token === 'function' ? token : () => token
  return { socket, mediaWithin, silence, address: async () => `${base}?token=${encodeURIComponent(await given())}` }
}

/** A session that this client is in. After a loss it reconnects by itself, as a new connection, and publishes again. */
export class JoinedSession {
  readonly #listeners = new Listeners()
  readonly #room = new Room(this.#listeners)
  readonly #link: ReconnectingLink
  readonly #calls: Calls
  #over = false

  /** @internal */
  constructor({ mediaWithin, ...options }: JoinSettings) {
    this.#link = new ReconnectingLink({
      ...options,
      heard: (message) => this.#hear(message),
      lost: (reason) => this.#lost(reason),
      back: () => void this.#back(),
      ended: (error) => this.#end(error),
    })
    const ask = (message: object) => this.#link.ask(message)
    this.#calls = new Calls({
      ask,
      say: (message) => this.#link.say(message),
      mediaWithin,
      muted: (streamId) => this.#listeners.emit('muteForced', { streamIds: [streamId] }),
    })
  }

  get connectionId(): string {
    return this.#link.connectionId
  }

  /** The others who are there. */
  get connections(): SessionConnection[] {
    return [...this.#room.connections.values()]
  }

  /** What the others publish. */
  get streams(): SessionStream[] {
    return [...this.#room.streams.values()]
  }

  /** @returns what ends it */
  on<Name extends keyof SessionEvents>(name: Name, listener: SessionListener<Name>): () => void {
    return this.#listeners.add(name, listener)
  }

  /**
   * Publishes a camera, a microphone, a screen: each who subscribes gets it in a call of its own. Without media, as in
   * Node, the stream is declared only.
   * @throws SessionError
   */
  publish(media: Media | null, options: PublishOptions = {}): Promise<Publication> {
    return this.#calls.publish(media, options)
  }

  /** Resolves once the media comes. @throws SessionError */
  subscribe(stream: SessionStream): Promise<Subscription> {
    return this.#calls.subscribe(stream)
  }

  /** To one connection or to all, yourself among them. @throws SessionError */
  async signal(signal: { type?: string; data?: string }, to?: string): Promise<void> {
    await this.#link.ask({ type: 'signal', signal, to })
  }

  /** For moderators, as are the next ones. @throws SessionError */
  async forceDisconnect(connectionId: string): Promise<void> {
    await this.#link.ask({ type: 'forceDisconnect', connectionId })
  }

  /** @throws SessionError */
  async forceUnpublish(streamId: string): Promise<void> {
    await this.#link.ask({ type: 'forceUnpublish', streamId })
  }

  /** Asks the publisher's client to turn the sound off. @throws SessionError */
  async mute(streamId: string): Promise<void> {
    await this.#link.ask({ type: 'mute', streamId })
  }

  /** As `mute` for all streams but some; those that are published later too, until it is not `active`. @throws SessionError */
  async muteAll(active: boolean, excludedStreamIds: string[] = []): Promise<void> {
    await this.#link.ask({ type: 'mute', active, excludedStreamIds })
  }

  leave(): void {
    if (this.#over) return
    this.#link.close()
    this.#calls.hangUp()
    this.#end(null)
  }

  /** Resolves once it is in. @internal */
  async join(): Promise<void> {
    await this.#link.open()
  }

  #hear(message: ServerMessage): void {
    this.#calls.hear(message).catch(ignore)
    if (message.type === 'connected') this.#room.fill(message)
    else if (message.type === 'muteForced') void this.#obeyMute(message)
    else if (message.type === 'signal') this.#listeners.emit('signal', { from: message.from, ...message.signal })
    else if (isPlain(message)) this.#emitPlain(message)
    else this.#room.hear(message)
  }

  #emitPlain({ type, ...event }: PlainMessage): void {
    this.#listeners.emit(type, event)
  }

  async #obeyMute(message: ServerMessage & { type: 'muteForced' }): Promise<void> {
    const streamIds = await this.#calls.mute(message)
    this.#listeners.emit('muteForced', { streamIds, ...('active' in message && { active: message.active }) })
  }

  #lost(reason: string): void {
    this.#calls.hangUp()
    this.#room.empty()
    this.#listeners.emit('reconnecting', { reason })
  }

  async #back(): Promise<void> {
    await this.#calls.declareAll()
    // It may be lost again, or left.
    if (this.#link.isThere) this.#listeners.emit('reconnected', { connectionId: this.connectionId })
  }

  #end(error: SessionError | null): void {
    this.#over = true
    this.#calls.hangUp()
    this.#room.empty()
    this.#listeners.emit('ended', { error })
  }
}

type PlainMessage = Extract<ServerMessage, { type: 'forceUnpublished' | 'archiveStarted' | 'archiveStopped' | 'push' }>

/** Told as it came, under its type. */
function isPlain(message: ServerMessage): message is PlainMessage {
  return ['forceUnpublished', 'archiveStarted', 'archiveStopped', 'push'].includes(message.type)
}

/** Ignores the error of a call that has ended meanwhile. */
function ignore(): void {}
