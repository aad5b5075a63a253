import { type DebouncedChange, errorCode, type Logger } from '@carillon/contract'
import type { SessionConnection, SessionStream, Signal } from '@carillon/contract/session-messages'
import type { ChannelNamespace, Hub } from '@carillon/hub'
import { MEMBER, type RoomMember } from './member.ts'

/** A session that clients are connected to. */
export interface RoomId {
  app: number
  session: string
}

/** What happened in a session, for archives and callbacks. `at` in Unix milliseconds. */
export type SessionEvent = RoomId & { at: number } & (
    | { type: 'connectionCreated'; connection: SessionConnection }
    | { type: 'connectionDestroyed'; connection: SessionConnection; reason: EndReason }
    | { type: 'streamCreated'; stream: SessionStream; connection: SessionConnection }
    | { type: 'streamDestroyed'; stream: SessionStream; connection: SessionConnection; reason: EndReason }
    /** `from` null: the application; `to` null: everyone. */
    | { type: 'signal'; signal: Signal; from: string | null; to: string | null }
    /** `streams` are those that were to be muted; `active` as of `muteAll`, undefined for one stream. */
    | { type: 'muteForced'; streams: string[]; active?: boolean }
  )

export type EndReason =
  | 'clientDisconnected'
  | 'forceDisconnected'
  | 'networkDisconnected'
  | 'clientUnpublished'
  | 'forceUnpublished'

type WithoutPlaceAndTime<Event> = Event extends SessionEvent ? Omit<Event, keyof RoomId | 'at'> : never

type Happened = WithoutPlaceAndTime<SessionEvent>

type Ended = Extract<Happened, { type: 'connectionDestroyed' | 'streamDestroyed' }>

/** Seconds in which both that may report an end have done so: the process in which it happened, and the roster. */
const END_KNOWN_S = 60

/** Reports what happens in sessions: each event once over all processes. */
export class SessionEvents {
  readonly #hub: Hub
  readonly #namespace: ChannelNamespace
  readonly #log: Logger
  readonly #listeners: ((event: SessionEvent) => void)[] = []

  constructor({ hub, log }: { hub: Hub; log: Logger }, namespace: ChannelNamespace) {
    this.#hub = hub
    this.#namespace = namespace
    this.#log = log
    hub.onDebounced((debounced) => this.#debounced(debounced))
  }

  onEvent(listener: (event: SessionEvent) => void): void {
    this.#listeners.push(listener)
  }

  report({ app, session }: RoomId, happened: Happened): void {
    for (const listener of this.#listeners) {
      try {
        listener({ app, session, at: Date.now(), ...happened })
      } catch (error) {
        this.#hub.onFault(error)
      }
    }
  }

  /** Reports an end, unless it was reported already. */
  async reportEnd(room: RoomId, end: Ended): Promise<void> {
    const { id } = end.type === 'streamDestroyed' ? end.stream : end.connection
    const isFirst = await this.#hub.cache.first(`session-end:${id}`, END_KNOWN_S).catch((error: unknown) => {
      this.#log.warn({ code: errorCode(error) }, 'the end of a connection may be reported twice')
      return true
    })
    if (isFirst) this.report(room, end)
  }

  /** A process that was killed has not reported the end of what it held. */
  #debounced({ group, member, here }: DebouncedChange): void {
    const { app, channel: session } = this.#namespace.whatIs(group) ?? {}
    if (here || app === undefined || session === undefined) return
    const one = MEMBER.tryRead(member, this.#hub.onFault)
    const end = one && endOf(one)
    if (end) void this.reportEnd({ app, session }, end)
  }
}

function endOf(one: RoomMember): Ended | undefined {
  const reason = 'networkDisconnected'
  if (one.kind === 'connection') return { type: 'connectionDestroyed', connection: one.connection, reason }
  if (one.kind === 'state') return undefined
  return { type: 'streamDestroyed', stream: one.stream, connection: one.connection, reason }
}
