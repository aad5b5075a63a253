import { AsyncLocalStorage } from 'node:async_hooks'

/** One sender as one app sees it. Times are seconds. */
export interface SenderStatus {
  name: string
  /** Live workers that run it. */
  workers: number
  /** What a live worker lacks to run it, as a sentence; null if none lacks anything. */
  missing: string | null
  paused: boolean
  /** Due, and not claimed. */
  waiting: number
  /** Due later. */
  delayed: number
  /** Being sent right now. */
  active: number
  /** Age of the oldest due push that is not claimed; null when there is none. */
  oldestDueAge: number | null
}

/** One sender's waiting work, over all apps. */
export interface SenderBacklog {
  name: string
  /** Live workers that run it. */
  workers: number
  /** Due, and not claimed. */
  waiting: number
  /** Due later. */
  scheduled: number
  /** Being sent right now. */
  sending: number
  /** Seconds since the oldest of `waiting` was due; 0 when there is none. */
  oldestDueAge: number
}

/** A call into a sender's code. */
export interface SenderCall {
  /** Its name; of a plugin that is still being loaded its path. */
  sender: string
  /** Ends the call, if it has not ended yet, as if the sender had thrown this. */
  fail?(error: Error): void
}

/**
 * The sender whose code runs. It follows timers, promises and events that begin in a call, so that an error
 * that reaches no promise can still be attributed.
 */
export const senderScope = new AsyncLocalStorage<SenderCall>()
