/** One sender as one app sees it. Times are seconds. */
export interface SenderStatus {
  name: string
  /** Live workers that run it. */
  workers: number
  paused: boolean
  /** Due, and not taken. */
  waiting: number
  /** Due later. */
  delayed: number
  /** Being sent right now. */
  active: number
  /** Age of the oldest due push that was not taken; null when there is none. */
  oldestDueAge: number | null
}
