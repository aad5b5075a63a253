import { errorCode, type Logger, type DebouncedChange } from '@carillon/contract'
import type { Hub, ChannelNamespace } from '@carillon/hub'
import { MEMBER, type Member } from './member.ts'
import type { SessionEvent } from './room.ts'

export interface Place {
  app: number
  session: string
}

type Named<Event> = Event extends SessionEvent ? Omit<Event, keyof Place | 'at'> : never

/** What happened, but for where and when. */
export type Happened = Named<SessionEvent>

type Ended = Extract<Happened, { type: 'connectionDestroyed' | 'streamDestroyed' }>

/** Seconds in which both that may tell of an end have done so: the process it happened in, and the roster. */
const END_KNOWN_S = 60

/** Tells what happens in sessions, each thing once over all processes. */
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

  tell({ app, session }: Place, happened: Happened): void {
    for (const listener of this.#listeners) {
      try {
        listener({ app, session, at: Date.now(), ...happened })
      } catch (error) {
        this.#hub.onFault(error)
      }
    }
  }

  /** Of an end, unless it was told already. */
  async end(place: Place, end: Ended): Promise<void> {
    const { id } = end.type === 'streamDestroyed' ? end.stream : end.connection
    const isFirst = await this.#hub.cache.first(`session-end:${id}`, END_KNOWN_S).catch((error: unknown) => {
      this.#log.warn({ code: errorCode(error) }, 'the end of a connection may be told twice')
      return true
    })
    if (isFirst) this.tell(place, end)
  }

  /** Of what a process held that was killed, nobody else has told. */
  #debounced({ group, member, here }: DebouncedChange): void {
    const { app, channel: session } = this.#namespace.whatIs(group) ?? {}
    if (here || app === undefined || session === undefined) return
    const one = MEMBER.tryRead(member, this.#hub.onFault)
    const end = one && endOf(one)
    if (end) void this.end({ app, session }, end)
  }
}

function endOf(one: Member): Ended | undefined {
  const reason = 'networkDisconnected'
  if (one.kind === 'connection') return { type: 'connectionDestroyed', connection: one.connection, reason }
  if (one.kind === 'state') return undefined
  return { type: 'streamDestroyed', stream: one.stream, connection: one.connection, reason }
}
