import { randomUUID } from 'node:crypto'
import type { Rooms, SessionConnection, SessionEvent, SessionStream } from '@carillon/protocol-session'

type WithoutPlace<Event> = Event extends unknown ? Omit<Event, 'app' | 'session' | 'at'> : never

/** Rooms without sockets: who is in them is what a test says. */
export class FakeRooms implements Rooms {
  readonly #listeners: ((event: SessionEvent) => void)[] = []
  readonly #here = new Map<string, { connections: SessionConnection[]; streams: SessionStream[] }>()
  /** What was done, in words. */
  readonly done: unknown[] = []

  connections = async (_: number, session: string) => this.#in(session).connections
  streams = async (_: number, session: string) => this.#in(session).streams

  async signal(app: number, session: string, signal: { type: string; data: string }, to?: string) {
    if (to !== undefined && !this.#has(session, to)) return false
    this.#tell(app, session, { type: 'signal', signal, from: null, to: to ?? null })
    return true
  }

  async disconnect(app: number, session: string, connection: string) {
    if (!this.#has(session, connection)) return false
    this.leave(app, session, connection, 'forceDisconnected')
    return true
  }

  async mute(app: number, session: string, stream: string) {
    if (!this.#in(session).streams.some(({ id }) => id === stream)) return false
    this.#tell(app, session, { type: 'muteForced', streams: [stream] })
    return true
  }

  async muteAll(app: number, session: string, active: boolean, excluded: readonly string[]) {
    const muted = this.#in(session).streams.filter(({ id }) => !excluded.includes(id))
    this.#tell(app, session, { type: 'muteForced', streams: muted.map(({ id }) => id), active })
  }

  async setLayout(_: number, session: string, layouts: readonly Pick<SessionStream, 'id' | 'layoutClassList'>[]) {
    const { streams } = this.#in(session)
    if (layouts.some((layout) => !streams.some(({ id }) => id === layout.id))) return false
    for (const stream of streams)
      Object.assign(
        stream,
        layouts.find(({ id }) => id === stream.id),
      )
    return true
  }

  onEvent(listener: (event: SessionEvent) => void) {
    this.#listeners.push(listener)
  }

  async announce(_: number, session: string, event: object) {
    this.done.push({ session, ...event })
  }

  join(app: number, session: string, data = ''): SessionConnection {
    const connection: SessionConnection = { id: randomUUID(), data, role: 'publisher', createdAt: Date.now() }
    this.#in(session).connections.push(connection)
    this.#tell(app, session, { type: 'connectionCreated', connection })
    return connection
  }

  publish(app: number, session: string, connection: SessionConnection, name = ''): SessionStream {
    const media = { videoType: 'camera', hasAudio: true, hasVideo: true } as const
    const [id, createdAt] = [randomUUID(), Date.now()]
    const stream = { id, connectionId: connection.id, name, layoutClassList: [], createdAt, ...media }
    this.#in(session).streams.push(stream)
    this.#tell(app, session, { type: 'streamCreated', stream, connection })
    return stream
  }

  leave(
    app: number,
    session: string,
    id: string,
    reason: 'clientDisconnected' | 'forceDisconnected' = 'clientDisconnected',
  ) {
    const here = this.#in(session)
    const connection = here.connections.find((one) => one.id === id)!
    const gone = here.streams.filter(({ connectionId }) => connectionId === id)
    here.streams = here.streams.filter((stream) => !gone.includes(stream))
    here.connections = here.connections.filter((one) => one !== connection)
    for (const stream of gone) this.#tell(app, session, { type: 'streamDestroyed', stream, connection, reason })
    this.#tell(app, session, { type: 'connectionDestroyed', connection, reason })
  }

  #in(session: string) {
    const here = this.#here.get(session) ?? { connections: [], streams: [] }
    this.#here.set(session, here)
    return here
  }

  #has(session: string, id: string): boolean {
    return this.#in(session).connections.some((connection) => connection.id === id)
  }

  #tell(app: number, session: string, what: WithoutPlace<SessionEvent>): void {
    const event = { app, session, at: Date.now(), ...what }
    for (const listener of this.#listeners) listener(event)
  }
}
