import type { Connected, ServerMessage, SessionConnection, SessionStream } from '@carillon/contract/session-messages'
import type { SessionError } from './errors.ts'

/** The events of a session. There are none about the client's own connection and streams. */
export interface SessionEvents {
  connectionCreated: { connection: SessionConnection }
  connectionDestroyed: { connection: SessionConnection }
  /** Subscribe to it, if you want to see it. */
  streamCreated: { stream: SessionStream }
  streamDestroyed: { stream: SessionStream }
  /** Such as that it is muted now. */
  streamChanged: { stream: SessionStream }
  /** `from` null: the application. */
  signal: { from: string | null; type: string; data: string }
  /** Your streams that were just muted; `active`, after `muteAll` alone: whether those that you publish later are, too. */
  muteForced: { streamIds: string[]; active?: boolean }
  /** A moderator ended a stream of yours. */
  forceUnpublished: { streamId: string }
  archiveStarted: { id: string; name: string | null }
  archiveStopped: { id: string; name: string | null }
  /** What `sendrealtime` sends to the pusher that your token names. */
  push: { event: string; data: unknown }
  /** The connection was lost, and with it all calls; it is tried again. */
  reconnecting: { reason: string }
  /** As another connection. The others, and what they publish, were reported again. */
  reconnected: { connectionId: string }
  /** For good; null when you left. */
  ended: { error: SessionError | null }
}

export type SessionListener<Name extends keyof SessionEvents> = (event: SessionEvents[Name]) => void

/** The listeners of a session. */
export class Listeners {
  readonly #listeners = new Map<keyof SessionEvents, Set<(event: never) => void>>()

  /** @returns what ends it */
  add<Name extends keyof SessionEvents>(name: Name, listener: SessionListener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  emit<Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) this.#call(listener as SessionListener<Name>, event)
  }

  /** The error of a listener becomes an uncaught one. It affects neither the others nor the next event. */
  #call<Name extends keyof SessionEvents>(listener: SessionListener<Name>, event: SessionEvents[Name]): void {
    try {
      listener(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}

/** Who is in the session, and what they publish, as far as this client knows. */
export class Room {
  readonly connections = new Map<string, SessionConnection>()
  /** The streams of other clients. */
  readonly streams = new Map<string, SessionStream>()
  readonly #listeners: Listeners
  #self = ''

  constructor(listeners: Listeners) {
    this.#listeners = listeners
  }

  /** Adds the clients and streams that are in the session already. */
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
    this.#listeners.emit(type, { connection })
  }

  #stream(type: 'streamCreated' | 'streamDestroyed', stream: SessionStream): void {
    if (stream.connectionId === this.#self) return
    if (type === 'streamCreated') this.streams.set(stream.id, stream)
    else this.streams.delete(stream.id)
    this.#listeners.emit(type, { stream })
  }

  #changed({ streamId, layoutClassList, hasAudio, hasVideo }: ServerMessage & { type: 'streamChanged' }): void {
    const known = this.streams.get(streamId)
    if (!known) return
    const stream = { ...known, layoutClassList, hasAudio, hasVideo }
    this.streams.set(streamId, stream)
    this.#listeners.emit('streamChanged', { stream })
  }
}
