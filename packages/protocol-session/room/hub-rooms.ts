import type { Logger } from '@carillon/contract'
import type { ArchiveAnnouncement, SessionConnection, SessionStream, Signal } from '@carillon/contract/session-messages'
import type { ChannelNamespace, Hub, Session } from '@carillon/hub'
import type { MediaOrder } from '../archives/media/media-orders.ts'
import { SessionEvents, type Place } from './session-events.ts'
import { frame, isFrame, MEMBER, memberFrame, present, type Present, publisherOf } from './member.ts'
import { ORDER, type Order } from './order.ts'
import type { EndReason, Rooms, SessionEvent, StreamLayout } from './room.ts'
import { Participant } from './participant.ts'

/** A connection in a session, in the process that holds it. */
export interface Occupant extends Session {
  /** @returns false when it cannot, such as for a stream that it does not publish */
  obey(order: Order): Promise<boolean>
}

export interface RoomsParts {
  hub: Hub
  log: Logger
}

/** Connections and streams together. */
const MOST_MEMBERS = 5000
/** Milliseconds in which the process that holds a connection says whether it did what was asked. */
const OBEYS_WITHIN_MS = 2000
/** Seconds: streams of those who come later are muted for so long at most. */
const MUTED_S = 7 * 86_400
const DONE = '1'
const NOT_DONE = '0'

/** Rooms on the hub: a session is a channel, its members are connections and streams. */
export class HubRooms implements Rooms {
  readonly #parts: RoomsParts
  readonly #namespace: ChannelNamespace
  readonly #events: SessionEvents

  constructor(parts: RoomsParts) {
    this.#parts = parts
    this.#namespace = parts.hub.openNamespace({
      protocol: 'sessions',
      isFrame,
      announce: (_, change) => memberFrame(change, parts.hub.onFault),
    })
    this.#events = new SessionEvents(parts, this.#namespace)
  }

  /**
   * @param greet called in the moment from which on the connection hears what happens
   * @returns null when the session is full, or when the occupant has left meanwhile
   */
  async enter(
    place: Place,
    connection: SessionConnection,
    occupant: Occupant,
    greet: (present: Present) => void,
  ): Promise<Participant | null> {
    const { hub } = this.#parts
    this.#namespace.enter(occupant)
    const topic = topicOf(place, connection.id)
    await hub.requestReply.respond(topic, async (question) =>
      (await occupant.obey(ORDER.read(question))) ? DONE : NOT_DONE,
    )
    const member = { id: MEMBER.write({ kind: 'connection', connection }), info: '', most: MOST_MEMBERS }
    const entered = await this.#namespace.subscribe(occupant, channelOf(place), member, ({ members }) =>
      greet(present(members, hub.onFault)),
    )
    if (!entered) return null
    this.#events.tell(place, { type: 'connectionCreated', connection })
    return new Participant({
      roster: hub.roster,
      group: this.#namespace.presenceGroup(channelOf(place)),
      connection,
      created: (stream) => this.#events.tell(place, { type: 'streamCreated', stream, connection }),
      ended: (stream, reason) => this.#events.end(place, { type: 'streamDestroyed', stream, connection, reason }),
    })
  }

  /** Also for who did not get in. */
  async leave(place: Place, connection: SessionConnection, occupant: Occupant, reason: EndReason): Promise<void> {
    const wasIn = this.#namespace.isOn(occupant, channelOf(place))
    await this.#namespace.leave(occupant)
    await this.#parts.hub.requestReply.stopResponding(topicOf(place, connection.id))
    if (wasIn) await this.#events.end(place, { type: 'connectionDestroyed', connection, reason })
  }

  /** @returns whether it was done; false when the connection is not there */
  async order(place: Place, connection: string, order: Order): Promise<boolean> {
    const enough = (answers: readonly string[]) => answers.includes(DONE)
    const options = { within: OBEYS_WITHIN_MS, enough }
    return enough(await this.#parts.hub.requestReply.request(topicOf(place, connection), ORDER.write(order), options))
  }

  /** As `signal`, from a connection. */
  async signalFrom(place: Place, from: string | null, signal: Signal, to?: string): Promise<boolean> {
    if (to === undefined) await this.#namespace.publish(channelOf(place), frame({ type: 'signal', from, signal }))
    else if (!(await this.order(place, to, { type: 'signal', from, signal }))) return false
    this.#events.tell(place, { type: 'signal', signal, from, to: to ?? null })
    return true
  }

  /** Whether streams that are published now are muted. */
  async mutesNew({ app, session }: Place): Promise<boolean> {
    return (await this.#parts.hub.cache.get(muteKey(app, session)))?.value === DONE
  }

  async connections(app: number, session: string): Promise<SessionConnection[]> {
    return (await this.#present({ app, session })).connections
  }

  async streams(app: number, session: string): Promise<SessionStream[]> {
    return (await this.#present({ app, session })).streams
  }

  signal(app: number, session: string, signal: Signal, to?: string): Promise<boolean> {
    return this.signalFrom({ app, session }, null, signal, to)
  }

  disconnect(app: number, session: string, connection: string): Promise<boolean> {
    return this.order({ app, session }, connection, { type: 'disconnect' })
  }

  unpublish(place: Place, streamId: string): Promise<boolean> {
    return this.order(place, publisherOf(streamId), { type: 'unpublish', streamId })
  }

  async mute(app: number, session: string, streamId: string): Promise<boolean> {
    const muted = await this.order({ app, session }, publisherOf(streamId), { type: 'mute', streamId })
    if (muted) this.#events.tell({ app, session }, { type: 'muteForced', streams: [streamId] })
    return muted
  }

  async muteAll(app: number, session: string, active: boolean, excludedStreamIds: readonly string[]): Promise<void> {
    const place = { app, session }
    await this.#parts.hub.cache.set(muteKey(app, session), active ? DONE : NOT_DONE, MUTED_S)
    await this.#namespace.publish(channelOf(place), frame({ type: 'muteForced', active, excludedStreamIds }))
    const ids = active ? (await this.streams(app, session)).map(({ id }) => id) : []
    const streams = ids.filter((id) => !excludedStreamIds.includes(id))
    this.#events.tell(place, { type: 'muteForced', streams, active })
  }

  async setLayout(app: number, session: string, layouts: readonly StreamLayout[]): Promise<boolean> {
    const there = new Set((await this.streams(app, session)).map(({ id }) => id))
    if (!layouts.every(({ id }) => there.has(id))) return false
    const set = ({ id: streamId, layoutClassList }: StreamLayout) =>
      this.order({ app, session }, publisherOf(streamId), { type: 'layout', streamId, layoutClassList })
    return (await Promise.all(layouts.map(set))).every(Boolean)
  }

  record(app: number, session: string, order: MediaOrder): Promise<boolean> {
    const streamId = order.type === 'record' ? order.stream.id : order.streamId
    return this.order({ app, session }, publisherOf(streamId), order)
  }

  onEvent(listener: (event: SessionEvent) => void): void {
    this.#events.onEvent(listener)
  }

  async announce(app: number, session: string, event: ArchiveAnnouncement): Promise<void> {
    await this.#namespace.publish(channelOf({ app, session }), frame(event))
  }

  async #present(place: Place): Promise<Present> {
    return present(await this.#namespace.members(channelOf(place)), this.#parts.hub.onFault)
  }
}

function channelOf({ app, session }: Place) {
  return { app, name: session }
}

function topicOf({ app, session }: Place, connection: string): string {
  return `session-connection:${app}:${session}:${connection}`
}

function muteKey(app: number, session: string): string {
  return `session-muted:${app}:${session}`
}
