import { AsyncLocalStorage } from 'node:async_hooks'

/** A call into a sender's code. */
export interface SenderCall {
  /** Its name; of a plugin that is still being loaded its path. */
  sender: string
  /** Ends the call, if it has not ended yet, as if the sender had thrown this. */
  fail?(error: Error): void
}

/**
 * Whose code runs. It follows timers, promises and events that begin in a call, so that an error which no promise leads
 * back still has a name.
 */
export const senderScope = new AsyncLocalStorage<SenderCall>()
