import type { Connected, ServerMessage, SessionConnection, SessionStream } from '@carillon/contract/session-messages'
import type { Listeners } from './events.ts'

/** Who is in the session, and what they publish, as far as this client was told. */
export class Room {
  readonly connections = new Map<string, SessionConnection>()
  /** Of others. */
  readonly streams = new Map<string, SessionStream>()
  readonly #listeners: Listeners
  #self = ''

  constructor(listeners: Listeners) {
    this.#listeners = listeners
  }

  /** Of who is there already. */
  fill({ connectionId, connections, streams }: Connected): void {
    this.#self = connectionId
    for (const connection of connections) this.hear({ type: 'connectionCreated', connection })
    for (const stream of streams) this.hear({ type: 'streamCreated', stream })
  }

  /** Nobody can be seen any more. */
  empty(): void {
    for (const stream of this.streams.values()) this.hear({ type: 'streamDestroyed', stream })
    for (const connection of this.connections.values()) this.hear({ type: 'connectionDestroyed', connection })
  }

  hear(message: ServerMessage): void {
    if (message.type === 'streamChanged') this.#changed(message)
    else if ('connection' in message) this.#connection(message.type, message.connection)
    else if ('stream' in message) this.#stream(message.type, message.stream)
  }

  #connection(type: 'connectionCreated' | 'connectionDestroyed', connection: SessionConnection): void {
    if (connection.id === this.#self) return
    if (type === 'connectionCreated') this.connections.set(connection.id, connection)
    else this.connections.delete(connection.id)
    this.#listeners.tell(type, { connection })
  }

  #stream(type: 'streamCreated' | 'streamDestroyed', stream: SessionStream): void {
    if (stream.connectionId === this.#self) return
    if (type === 'streamCreated') this.streams.set(stream.id, stream)
    else this.streams.delete(stream.id)
    this.#listeners.tell(type, { stream })
  }

  #changed({ streamId, layoutClassList, hasAudio, hasVideo }: ServerMessage & { type: 'streamChanged' }): void {
    const known = this.streams.get(streamId)
    if (!known) return
    const stream = { ...known, layoutClassList, hasAudio, hasVideo }
    this.streams.set(streamId, stream)
    this.#listeners.tell('streamChanged', { stream })
  }
}
