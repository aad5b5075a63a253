import type { Backplane, GroupSample, Roster } from '@carillon/contract'
import { Channel, type ChannelName } from './channel.ts'
import type { EventTap } from './event-tap.ts'
import type { FanOut, HubSession } from './fan-out.ts'
import type { Members } from './presence.ts'

/** Who a session says it is on a channel with presence. */
export interface ChannelMember {
  id: string
  /** Shown to the others; of a member's connections the first one's counts. */
  info: string
  /** How many different members the channel takes. */
  most: number
}

export interface Subscribed {
  /** Subscriptions of the channel, over all processes. */
  count: number
  /** All members of a presence channel, including one that just joined. */
  members: Members
}

export interface ChannelNamespaceOptions {
  /** Keeps the channels of protocols apart. */
  protocol: string
  /** Whether a text is what clients can be sent; default: any is. What is not one is dropped. */
  isFrame?(text: string): boolean
  /**
   * The message to all subscribers of a channel when a member joins or leaves, if any. A member is not notified of its
   * own arrival.
   */
  announce?(channel: ChannelName, change: { member: string; here: boolean; info: string }): string | undefined
}

export interface ChannelNamespaceDeps extends ChannelNamespaceOptions {
  backplane: Backplane
  roster: Roster
  fanOut: FanOut
  tap: EventTap
  report(error: unknown): void
}

/** The channels of one protocol, over all processes. */
export class ChannelNamespace {
  readonly #deps: ChannelNamespaceDeps
  readonly #channels = new Map<string, Channel>()
  /** What each session is on, with the member it is there. Of idle sessions there are many, so each place is little. */
  readonly #places = new Map<HubSession, Map<Channel, string | undefined>>()

  constructor(deps: ChannelNamespaceDeps) {
    this.#deps = deps
  }

  /** Before its first subscription. */
  enter(session: HubSession): void {
    this.#places.set(session, new Map())
  }

  /**
   * Resolves when the session gets the channel's messages.
   * @param greet called in the moment from which on it gets them: what it is sent then comes before them
   * @returns null when the channel takes no more members, or when the session left meanwhile
   */
  async subscribe(
    session: HubSession,
    name: ChannelName,
    member?: ChannelMember,
    greet?: (subscribed: Subscribed) => void,
  ): Promise<Subscribed | null> {
    const channel = this.#hold(name)
    try {
      await channel.open(member !== undefined)
      const joined = member && (await this.#deps.roster.join(this.presenceGroup(name), member.id, member))
      if (joined === null) return null
      const count = await this.#count(name, member)
      if (joined) await channel.seen(joined.at)
      const subscribed = { count, members: channel.members }
      if (!this.#addSession(session, channel, member?.id)) {
        await this.#uncount(name, member?.id)
        return null
      }
      greet?.(subscribed)
      return subscribed
    } finally {
      this.#release(channel)
    }
  }

  /** @returns the subscriptions that are left, over all processes; null when it had none */
  async unsubscribe(session: HubSession, name: ChannelName): Promise<number | null> {
    const channel = this.#channelOf(session, name)
    if (!channel) return null
    const member = this.memberOf(session, name)
    this.#places.get(session)!.delete(channel)
    this.#deps.fanOut.flush()
    channel.sessions.delete(session)
    this.#release(channel)
    return this.#uncount(channel.name, member)
  }

  /** Ends all it is on. @returns its channels, each with the subscriptions that are left */
  async leave(session: HubSession): Promise<{ channel: ChannelName; count: number }[]> {
    const channels = [...(this.#places.get(session)?.keys() ?? [])]
    const left = channels.map(async ({ name }) => ({
      channel: name,
      count: (await this.unsubscribe(session, name)) ?? 0,
    }))
    this.#places.delete(session)
    return Promise.all(left)
  }

  isOn(session: HubSession, name: ChannelName): boolean {
    return this.#channelOf(session, name) !== undefined
  }

  /** How many channels a session is on. */
  channelsOf(session: HubSession): number {
    return this.#places.get(session)?.size ?? 0
  }

  /** Names of the channels that a session is on. */
  namesOf(session: HubSession): string[] {
    return Array.from(this.#places.get(session)?.keys() ?? [], ({ name }) => name.name)
  }

  /** The member that a session is on a channel. */
  memberOf(session: HubSession, name: ChannelName): string | undefined {
    const channel = this.#channelOf(session, name)
    return channel && this.#places.get(session)!.get(channel)
  }

  /**
   * To all who are on a channel, but for one session.
   * Rejects when it is not known whether the other processes got it.
   */
  async publish(name: ChannelName, text: string, except = ''): Promise<void> {
    this.#deps.tap.copy(this.channelGroup(name.app), name.name, text)
    await this.#deps.backplane.publish(this.#topic(name), `${except}\n${text}`)
  }

  /** Hears what is published to an app's channels, whether or not anybody is on them. @returns what ends the watch */
  watch(app: number, listener: (channel: string, text: string) => void): Promise<() => Promise<void>> {
    return this.#deps.tap.watch(this.channelGroup(app), listener)
  }

  /** Subscriptions of each channel, over all processes, index-aligned. */
  counts(app: number, names: readonly string[]): Promise<number[]> {
    return this.#deps.roster.counts(this.channelGroup(app), names)
  }

  /** The channels that anyone is on, each with its subscriptions. */
  list(app: number, prefix?: string): Promise<Map<string, number>> {
    return this.#deps.roster.list(this.channelGroup(app), prefix)
  }

  /** Some of those channels, however many there are. @param most how many are looked at */
  sample(app: number, most: number): Promise<GroupSample> {
    return this.#deps.roster.sample(this.channelGroup(app), most)
  }

  async members(name: ChannelName): Promise<Members> {
    return (await this.#deps.roster.view(this.presenceGroup(name))).members
  }

  /** Some of a channel's members. @param most how many are looked at */
  someMembers(name: ChannelName, most: number): Promise<GroupSample> {
    return this.#deps.roster.sample(this.presenceGroup(name), most)
  }

  memberCount(name: ChannelName): Promise<number> {
    return this.#deps.roster.size(this.presenceGroup(name))
  }

  /** The roster's group of an app's channels. */
  channelGroup(app: number): string {
    return `${this.#deps.protocol}:${app}`
  }

  /** The roster's group of a channel's members. */
  presenceGroup({ app, name }: ChannelName): string {
    return `${this.#deps.protocol}:${app}:${name}`
  }

  /** What a group of the roster is in this namespace; undefined when it belongs to another. */
  whatIs(group: string): { app: number; channel?: string } | undefined {
    const [, app, channel] = new RegExp(`^${this.#deps.protocol}:(\\d+)(?::(.*))?$`, 's').exec(group) ?? []
    if (app === undefined) return undefined
    return { app: Number(app), ...(channel !== undefined && { channel }) }
  }

  async #count({ app, name }: ChannelName, member: ChannelMember | undefined): Promise<number> {
    try {
      return (await this.#deps.roster.join(this.channelGroup(app), name))!.count
    } catch (error) {
      if (member) await this.#deps.roster.leave(this.presenceGroup({ app, name }), member.id)
      throw error
    }
  }

  async #uncount(name: ChannelName, member: string | undefined): Promise<number> {
    const { roster } = this.#deps
    if (member !== undefined) await roster.leave(this.presenceGroup(name), member)
    return roster.leave(this.channelGroup(name.app), name.name)
  }

  /** The last step. @returns false when the session left while it was being counted */
  #addSession(session: HubSession, channel: Channel, member: string | undefined): boolean {
    const places = this.#places.get(session)
    if (!places) return false
    this.#deps.fanOut.flush()
    channel.held++
    channel.sessions.add(session)
    places.set(channel, member)
    return true
  }

  /** The channel, if the session is subscribed to it. Every subscriber holds its channel. */
  #channelOf(session: HubSession, name: ChannelName): Channel | undefined {
    const channel = this.#channels.get(keyOf(name))
    return channel && this.#places.get(session)?.has(channel) ? channel : undefined
  }

  #hold(name: ChannelName): Channel {
    const key = keyOf(name)
    const { announce, backplane, roster, fanOut, report } = this.#deps
    const channel =
      this.#channels.get(key) ??
      new Channel({
        name,
        backplane,
        roster,
        fanOut,
        report,
        topic: this.#topic(name),
        group: this.presenceGroup(name),
        isFrame: this.#deps.isFrame ?? (() => true),
        announce: (change) => announce?.(name, change),
      })
    this.#channels.set(key, channel)
    channel.held++
    return channel
  }

  #release(channel: Channel): void {
    if (--channel.held > 0) return
    this.#channels.delete(keyOf(channel.name))
    void channel.close().catch(this.#deps.report)
  }

  #topic({ app, name }: ChannelName): string {
    return `${this.#deps.protocol}:${app}:${name}`
  }
}

function keyOf({ app, name }: ChannelName): string {
  return `${app}:${name}`
}
