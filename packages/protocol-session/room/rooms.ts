import type { Logger } from '@carillon/contract'
import type { ArchiveAnnouncement, SessionConnection, SessionStream, Signal } from '@carillon/contract/session-messages'
import type { ChannelNamespace, Hub, HubSession } from '@carillon/hub'
import { frame, isFrame, MEMBER, memberFrame, present, type Present, publisherOf } from './member.ts'
import { type MediaOrder, ORDER, type Order } from './order.ts'
import { Participant } from './participant.ts'
import { type EndReason, type RoomId, type SessionEvent, SessionEvents } from './session-events.ts'

/** A connection in a session, in the process that holds it. */
export interface Occupant extends HubSession {
  /** @returns false when it cannot, such as for a stream that it does not publish */
  obey(order: Order): Promise<boolean>
}

export interface StreamLayout {
  id: string
  layoutClassList: string[]
}

export interface RoomsDeps {
  hub: Hub
  log: Logger
}

/** Connections and streams together. */
const MOST_MEMBERS = 5000
/** Milliseconds in which the process that holds a connection replies whether it did what was asked. */
const OBEYS_WITHIN_MS = 2000
/** Seconds for which new streams are muted at most. */
const MUTED_S = 7 * 86_400
const DONE = '1'
const NOT_DONE = '0'

/**
 * The connections to sessions and the streams they publish, across all processes. On the hub a session is a channel; its
 * members are connections and streams. A session without connections is empty.
 */
export class Rooms {
  readonly #deps: RoomsDeps
  readonly #namespace: ChannelNamespace
  readonly #events: SessionEvents

  constructor(deps: RoomsDeps) {
    this.#deps = deps
    this.#namespace = deps.hub.openNamespace({
      protocol: 'sessions',
      isFrame,
      announce: (_, change) => memberFrame(change, deps.hub.onFault),
    })
    this.#events = new SessionEvents(deps, this.#namespace)
  }

  /**
   * @param greet called at the moment from which the connection receives what happens
   * @returns null when the session is full, or when the occupant has left meanwhile
   */
  async enter(
    room: RoomId,
    connection: SessionConnection,
    occupant: Occupant,
    greet: (present: Present) => void,
  ): Promise<Participant | null> {
    const { hub } = this.#deps
    this.#namespace.enter(occupant)
    const topic = topicOf(room, connection.id)
    await hub.requestReply.respond(topic, async (question) =>
      (await occupant.obey(ORDER.read(question))) ? DONE : NOT_DONE,
    )
    const member = { id: MEMBER.write({ kind: 'connection', connection }), info: '', most: MOST_MEMBERS }
    const entered = await this.#namespace.subscribe(occupant, channelOf(room), member, ({ members }) =>
      greet(present(members, hub.onFault)),
    )
    if (!entered) return null
    this.#events.report(room, { type: 'connectionCreated', connection })
    return new Participant({
      roster: hub.roster,
      group: this.#namespace.presenceGroup(channelOf(room)),
      connection,
      created: (stream) => this.#events.report(room, { type: 'streamCreated', stream, connection }),
      ended: (stream, reason) => this.#events.reportEnd(room, { type: 'streamDestroyed', stream, connection, reason }),
    })
  }

  /** Also for a connection that could not enter. */
  async leave(room: RoomId, connection: SessionConnection, occupant: Occupant, reason: EndReason): Promise<void> {
    const wasIn = this.#namespace.isOn(occupant, channelOf(room))
    await this.#namespace.leave(occupant)
    await this.#deps.hub.requestReply.stopResponding(topicOf(room, connection.id))
    if (wasIn) await this.#events.reportEnd(room, { type: 'connectionDestroyed', connection, reason })
  }

  /** @returns whether it was done; false when the connection is not there */
  async order(room: RoomId, connection: string, order: Order): Promise<boolean> {
    const enough = (answers: readonly string[]) => answers.includes(DONE)
    const options = { within: OBEYS_WITHIN_MS, enough }
    return enough(await this.#deps.hub.requestReply.request(topicOf(room, connection), ORDER.write(order), options))
  }

  /** Sends a signal to one connection or to all. @returns false when the connection is not there */
  async signalFrom(room: RoomId, from: string | null, signal: Signal, to?: string): Promise<boolean> {
    if (to === undefined) await this.#namespace.publish(channelOf(room), frame({ type: 'signal', from, signal }))
    else if (!(await this.order(room, to, { type: 'signal', from, signal }))) return false
    this.#events.report(room, { type: 'signal', signal, from, to: to ?? null })
    return true
  }

  /** Whether streams that are published now are muted. */
  async mutesNew({ app, session }: RoomId): Promise<boolean> {
    return (await this.#deps.hub.cache.get(muteKey(app, session)))?.value === DONE
  }

  async connections(app: number, session: string): Promise<SessionConnection[]> {
    return (await this.#present({ app, session })).connections
  }

  async streams(app: number, session: string): Promise<SessionStream[]> {
    return (await this.#present({ app, session })).streams
  }

  /** As `signalFrom`, from the application. */
  signal(app: number, session: string, signal: Signal, to?: string): Promise<boolean> {
    return this.signalFrom({ app, session }, null, signal, to)
  }

  /** @returns false when the connection is not there */
  disconnect(app: number, session: string, connection: string): Promise<boolean> {
    return this.order({ app, session }, connection, { type: 'disconnect' })
  }

  /** @returns false when the stream is not there */
  unpublish(room: RoomId, streamId: string): Promise<boolean> {
    return this.order(room, publisherOf(streamId), { type: 'unpublish', streamId })
  }

  /** @returns false when the stream is not there */
  async mute(app: number, session: string, streamId: string): Promise<boolean> {
    const muted = await this.order({ app, session }, publisherOf(streamId), { type: 'mute', streamId })
    if (muted) this.#events.report({ app, session }, { type: 'muteForced', streams: [streamId] })
    return muted
  }

  /** @param active whether streams that are published from now on are muted too */
  async muteAll(app: number, session: string, active: boolean, excludedStreamIds: readonly string[]): Promise<void> {
    const room = { app, session }
    await this.#deps.hub.cache.set(muteKey(app, session), active ? DONE : NOT_DONE, MUTED_S)
    await this.#namespace.publish(channelOf(room), frame({ type: 'muteForced', active, excludedStreamIds }))
    const ids = active ? (await this.streams(app, session)).map(({ id }) => id) : []
    const streams = ids.filter((id) => !excludedStreamIds.includes(id))
    this.#events.report(room, { type: 'muteForced', streams, active })
  }

  /** @returns false, having changed nothing, when one of the streams is not there */
  async setLayout(app: number, session: string, layouts: readonly StreamLayout[]): Promise<boolean> {
    const there = new Set((await this.streams(app, session)).map(({ id }) => id))
    if (!layouts.every(({ id }) => there.has(id))) return false
    const set = ({ id: streamId, layoutClassList }: StreamLayout) =>
      this.order({ app, session }, publisherOf(streamId), { type: 'layout', streamId, layoutClassList })
    return (await Promise.all(layouts.map(set))).every(Boolean)
  }

  /** Passes on what an archive wants of a stream's publisher. @returns false when it cannot be done */
  record(app: number, session: string, order: MediaOrder): Promise<boolean> {
    const streamId = order.type === 'record' ? order.stream.id : order.streamId
    return this.order({ app, session }, publisherOf(streamId), order)
  }

  /** Each event is reported in one process: the one in which it happened. */
  onEvent(listener: (event: SessionEvent) => void): void {
    this.#events.onEvent(listener)
  }

  /** Sends an event to everyone in a session. */
  async announce(app: number, session: string, event: ArchiveAnnouncement): Promise<void> {
    await this.#namespace.publish(channelOf({ app, session }), frame(event))
  }

  async #present(room: RoomId): Promise<Present> {
    return present(await this.#namespace.members(channelOf(room)), this.#deps.hub.onFault)
  }
}

function channelOf({ app, session }: RoomId) {
  return { app, name: session }
}

function topicOf({ app, session }: RoomId, connection: string): string {
  return `session-connection:${app}:${session}:${connection}`
}

function muteKey(app: number, session: string): string {
  return `session-muted:${app}:${session}`
}
