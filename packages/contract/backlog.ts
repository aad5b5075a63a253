/** What one sender has before it, over all apps. */
export interface SenderBacklog {
  name: string
  /** Live workers that run it. */
  workers: number
  /** Due, and in no worker's hands. */
  waiting: number
  /** Due later. */
  scheduled: number
  /** Being sent right now. */
  sending: number
  /** Seconds since the oldest of `waiting` was due; 0 when there is none. */
  oldestDueAge: number
}
