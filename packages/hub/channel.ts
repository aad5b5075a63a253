import { type Backplane, type Moment, type Roster, UnreadableMessage } from '@carillon/contract'
import type { FanOutAudience, FanOut, Message, HubSession } from './fan-out.ts'
import { type Members, Presence } from './presence.ts'

export interface ChannelName {
  app: number
  name: string
}

export interface ChannelDeps {
  name: ChannelName
  backplane: Backplane
  roster: Roster
  fanOut: FanOut
  topic: string
  group: string
  /** Whether a text is what the protocol's clients can be sent. */
  isFrame(text: string): boolean
  announce(change: { member: string; here: boolean; info: string }): string | undefined
  report(error: unknown): void
}

/** Characters of a session's id. */
const LONGEST_ID = 255

const nobody: Members = new Map()

/** The sessions of this process that are on a channel. It listens to the channel for as long as anyone holds it. */
export class Channel implements FanOutAudience {
  readonly sessions = new Set<HubSession>()
  pending: Message[] = []
  /** By sessions that are on it, and by those that are coming. */
  held = 0
  readonly #deps: ChannelDeps
  #listening: Promise<void> | undefined
  #presence: Presence | undefined
  #watching: Promise<void> | undefined

  constructor(deps: ChannelDeps) {
    this.#deps = deps
  }

  get name(): ChannelName {
    return this.#deps.name
  }

  get members(): Members {
    return this.#presence?.members ?? nobody
  }

  /** Resolves once the channel's messages arrive here, and with presence once its members are known. */
  async open(withPresence: boolean): Promise<void> {
    const { backplane, topic } = this.#deps
    await (this.#listening ??= backplane.subscribe(topic, (message) => this.#hear(message)))
    if (withPresence) await (this.#watching ??= this.#watch())
  }

  seen(at: Moment): Promise<void> {
    return this.#presence?.seen(at) ?? Promise.resolve()
  }

  async close(): Promise<void> {
    await Promise.all([this.#presence?.close(), this.#deps.backplane.unsubscribe(this.#deps.topic)])
  }

  #watch(): Promise<void> {
    const { backplane, roster, group, report } = this.#deps
    const changed = (change: { member: string; here: boolean; info: string }) => {
      const text = this.#deps.announce(change)
      if (text !== undefined) this.#publish(text, '')
    }
    this.#presence = new Presence({ backplane, roster, group, changed, report })
    return this.#presence.open()
  }

  #hear(message: string): void {
    const cut = message.indexOf('\n')
    const text = message.slice(cut + 1)
    if (cut < 0 || cut > LONGEST_ID || !this.#deps.isFrame(text)) throw new UnreadableMessage('channel', 'shape')
    this.#publish(text, message.slice(0, cut))
  }

  #publish(text: string, except: string): void {
    if (this.sessions.size > 0) this.#deps.fanOut.publish(this, text, except)
  }
}
