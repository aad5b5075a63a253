import type { Callbacks, PushAllCommand, PushCommand, PushFilter } from '@carillon/contract'

export interface Accepted {
  /** Id of the push's row. */
  id: string
  name: string
}

/** What callers of the API set in motion. Each promise resolves once its row is committed. */
export interface Core {
  /**
   * @throws CarillonError `pusher_not_found`, or `sender_not_enabled` unless forced, or
   * `invalid_field` when the sender's schema refuses the data.
   */
  push(command: PushCommand): Promise<Accepted>
  /** @throws CarillonError `invalid_field` when the sender's schema refuses the data. */
  pushAll(command: PushAllCommand): Promise<{ name: string }>
  /** @throws CarillonError `push_not_found` or `broadcast_not_found`: unknown or done; `push_sending`: too late. */
  cancel(app: number, sender: string, name: string): Promise<void>
  /** Removes a pusher, cancels its pending pushes and erases its personal data from history. */
  removePusher(app: number, id: string): Promise<void>
  /** @throws CarillonError `push_not_found`, or `conflict` when it is not dead or a push of its name is pending. */
  replay(app: number, id: string): Promise<void>
  /**
   * Replays many dead pushes, newest first, passing over those whose name is pending.
   * @returns how many, and the `after` to go on with; null when that was all.
   */
  replayDead(
    app: number,
    filter: PushFilter & { after?: string | undefined },
  ): Promise<{ replayed: number; next: string | null }>
  /** Lets an app's pushes through a paused sender go again. */
  resumeSender(app: number, sender: string): Promise<void>
  /** Calls to other servers, tried until they are taken. */
  callbacks: Callbacks
  /** A person has connected: what waited for that goes now. Never rejects. */
  arrived(app: number, user: string): Promise<void>
  /** Lets a paused broadcast go on. @throws CarillonError `broadcast_not_found` or `broadcast_done`. */
  resumeBroadcast(app: number, name: string): Promise<void>
}
