import { serial } from '@carillon/async'
import type { Roster } from '@carillon/contract'
import type { SessionConnection, SessionStream, StreamState } from '@carillon/contract/session-messages'
import { MEMBER, streamIdOf } from './member.ts'
import type { EndReason } from './session-events.ts'

export type NewStream = Pick<SessionStream, 'videoType' | 'name' | keyof StreamState>

export interface ParticipantDeps {
  roster: Roster
  /** The roster's group of the session. */
  group: string
  connection: SessionConnection
  created(stream: SessionStream): void
  ended(stream: SessionStream, reason: EndReason): Promise<void>
}

interface PublishedStream {
  stream: SessionStream
  /** As the roster has it. */
  member: string
  /** The member with its present state, once that has changed. */
  state?: string
  step: number
}

/** One connection's streams while it is in the session. Its changes are made one after another. */
export class Participant {
  readonly #deps: ParticipantDeps
  readonly #streams = new Map<string, PublishedStream>()
  #count = 0
  readonly #inTurn = serial()
  #over = false

  constructor(deps: ParticipantDeps) {
    this.#deps = deps
  }

  get connection(): SessionConnection {
    return this.#deps.connection
  }

  get published(): number {
    return this.#streams.size
  }

  publishes(streamId: string): boolean {
    return this.#streams.has(streamId)
  }

  /** @returns null when the connection has gone meanwhile */
  publish(fields: NewStream): Promise<SessionStream | null> {
    return this.#inTurn(async () => {
      if (this.#over) return null
      const { connection, roster, group, created } = this.#deps
      const id = streamIdOf(connection.id, ++this.#count)
      const stream = { id, connectionId: connection.id, ...fields, createdAt: Date.now() }
      const member = MEMBER.write({ kind: 'stream', stream, connection })
      // Others may hear of it, and subscribe, before the roster answers this process.
      this.#streams.set(id, { stream, member, step: 0 })
      await roster.join(group, member).catch((error: unknown) => {
        this.#streams.delete(id)
        throw error
      })
      created(stream)
      return stream
    })
  }

  /** @returns false when there is no such stream */
  unpublish(streamId: string, reason: EndReason): Promise<boolean> {
    return this.#inTurn(() => this.#end(streamId, reason))
  }

  /** @returns false when there is no such stream */
  change(streamId: string, change: Partial<StreamState>): Promise<boolean> {
    return this.#inTurn(async () => {
      const published = this.#streams.get(streamId)
      if (!published) return false
      const { roster, group } = this.#deps
      const stream = { ...published.stream, ...change }
      const { layoutClassList, hasAudio, hasVideo } = stream
      const step = published.step + 1
      const state = MEMBER.write({ kind: 'state', streamId, step, state: { layoutClassList, hasAudio, hasVideo } })
      await roster.join(group, state)
      this.#streams.set(streamId, { ...published, stream, state, step })
      if (published.state !== undefined) await roster.leave(group, published.state)
      return true
    })
  }

  /** Ends all its streams; there will be no more. */
  end(reason: EndReason): Promise<void> {
    this.#over = true
    return this.#inTurn(async () => {
      for (const id of this.#streams.keys()) await this.#end(id, reason)
    })
  }

  async #end(streamId: string, reason: EndReason): Promise<boolean> {
    const published = this.#streams.get(streamId)
    if (!published) return false
    this.#streams.delete(streamId)
    const { roster, group, ended } = this.#deps
    await roster.leave(group, published.member)
    if (published.state !== undefined) await roster.leave(group, published.state)
    await ended(published.stream, reason)
    return true
  }
}
