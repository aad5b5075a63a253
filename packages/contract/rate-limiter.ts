import type { Rate } from './rate.ts'

/** What was granted of a sender's rate. */
export interface Grant {
  /** Messages that may be sent before the slice of time ends; from 0 to what was asked. */
  tokens: number
  /** Milliseconds until the slice ends: then these tokens are void, and more are to be had. */
  msLeft: number
}

/** Counts what senders send, for all processes that share it. */
export interface RateLimiter {
  /**
   * Takes up to `most` tokens of a sender. Never waits for more.
   * @throws Error while what it counts in cannot be reached.
   */
  take(sender: string, rate: Rate, most: number): Promise<Grant>
  close(): void
}
