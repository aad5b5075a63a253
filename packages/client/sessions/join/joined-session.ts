import type { ServerMessage, SessionConnection, SessionStream } from '@carillon/contract/session-messages'
import { Calls } from './calls.ts'
import type { SessionError } from './errors.ts'
import { type Listener, Listeners, type SessionEvents } from './events.ts'
import { Line } from './line.ts'
import type { Publication, PublishOptions } from './publication.ts'
import type { SessionOptions } from './options.ts'
import { Room } from './room.ts'
import type { Media } from './rtc.ts'
import type { Subscription } from './subscription.ts'

/** A session that this client is in. The connection comes back by itself, as another one, and publishes again. */
export class JoinedSession {
  readonly #listeners = new Listeners()
  readonly #room = new Room(this.#listeners)
  readonly #line: Line
  readonly #calls: Calls
  #over = false

  /** @internal */
  constructor({ mediaWithin, ...options }: SessionOptions) {
    this.#line = new Line({
      ...options,
      heard: (message) => this.#hear(message),
      lost: (reason) => this.#lost(reason),
      back: () => void this.#back(),
      ended: (error) => this.#end(error),
    })
    const ask = (message: object) => this.#line.ask(message)
    this.#calls = new Calls({
      ask,
      say: (message) => this.#line.say(message),
      mediaWithin,
      muted: (streamId) => this.#listeners.tell('muteForced', { streamIds: [streamId] }),
    })
  }

  get connectionId(): string {
    return this.#line.connectionId
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
  on<Name extends keyof SessionEvents>(name: Name, listener: Listener<Name>): () => void {
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
    await this.#line.ask({ type: 'signal', signal, to })
  }

  /** For moderators, as are the next ones. @throws SessionError */
  async forceDisconnect(connectionId: string): Promise<void> {
    await this.#line.ask({ type: 'forceDisconnect', connectionId })
  }

  /** @throws SessionError */
  async forceUnpublish(streamId: string): Promise<void> {
    await this.#line.ask({ type: 'forceUnpublish', streamId })
  }

  /** Asks the publisher's client to turn the sound off. @throws SessionError */
  async mute(streamId: string): Promise<void> {
    await this.#line.ask({ type: 'mute', streamId })
  }

  /** As `mute` for all streams but some; those that are published later too, until it is not `active`. @throws SessionError */
  async muteAll(active: boolean, excludedStreamIds: string[] = []): Promise<void> {
    await this.#line.ask({ type: 'mute', active, excludedStreamIds })
  }

  leave(): void {
    if (this.#over) return
    this.#line.close()
    this.#calls.hangUp()
    this.#end(null)
  }

  /** Resolves once it is in. @internal */
  async join(): Promise<void> {
    await this.#line.open()
  }

  #hear(message: ServerMessage): void {
    this.#calls.hear(message).catch(ignore)
    if (message.type === 'connected') this.#room.fill(message)
    else if (message.type === 'muteForced') void this.#obeyMute(message)
    else if (message.type === 'signal') this.#listeners.tell('signal', { from: message.from, ...message.signal })
    else if (isPlain(message)) this.#tellPlain(message)
    else this.#room.hear(message)
  }

  #tellPlain({ type, ...event }: Plain): void {
    this.#listeners.tell(type, event)
  }

  async #obeyMute(message: ServerMessage & { type: 'muteForced' }): Promise<void> {
    const streamIds = await this.#calls.mute(message)
    this.#listeners.tell('muteForced', { streamIds, ...('active' in message && { active: message.active }) })
  }

  #lost(reason: string): void {
    this.#calls.hangUp()
    this.#room.empty()
    this.#listeners.tell('reconnecting', { reason })
  }

  async #back(): Promise<void> {
    await this.#calls.declareAll()
    // It may be lost again, or left.
    if (this.#line.isThere) this.#listeners.tell('reconnected', { connectionId: this.connectionId })
  }

  #end(error: SessionError | null): void {
    this.#over = true
    this.#calls.hangUp()
    this.#room.empty()
    this.#listeners.tell('ended', { error })
  }
}

type Plain = Extract<ServerMessage, { type: 'forceUnpublished' | 'archiveStarted' | 'archiveStopped' | 'push' }>

/** Told as it came, under its type. */
function isPlain(message: ServerMessage): message is Plain {
  return ['forceUnpublished', 'archiveStarted', 'archiveStopped', 'push'].includes(message.type)
}

/** Of a call that has ended meanwhile. */
function ignore(): void {}
