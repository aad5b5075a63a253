import type { SessionConnection, SessionStream } from '@carillon/contract/session-messages'
import type { SessionError } from './errors.ts'

/** What a session tells. One's own connection and streams are not told of. */
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
  /** As another connection: who is there, and what is published, was told again. */
  reconnected: { connectionId: string }
  /** For good; null when you left. */
  ended: { error: SessionError | null }
}

export type Listener<Name extends keyof SessionEvents> = (event: SessionEvents[Name]) => void

/** Who hears of what. */
export class Listeners {
  readonly #listeners = new Map<keyof SessionEvents, Set<(event: never) => void>>()

  /** @returns what ends it */
  add<Name extends keyof SessionEvents>(name: Name, listener: Listener<Name>): () => void {
    const listeners = this.#listeners.get(name) ?? new Set()
    this.#listeners.set(name, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  tell<Name extends keyof SessionEvents>(name: Name, event: SessionEvents[Name]): void {
    for (const listener of this.#listeners.get(name) ?? []) this.#call(listener as Listener<Name>, event)
  }

  /** One that throws is the caller's to hear of; the others, and what is told next, are not its matter. */
  #call<Name extends keyof SessionEvents>(listener: Listener<Name>, event: SessionEvents[Name]): void {
    try {
      listener(event)
    } catch (error) {
      queueMicrotask(() => {
        throw error
      })
    }
  }
}
