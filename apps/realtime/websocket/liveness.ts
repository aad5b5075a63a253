/** Milliseconds of a round, and rounds: a ping after two minutes of silence, the end half a minute later. */
const ROUND_MS = 10_000
const SILENT_ROUNDS = 12
const PONG_ROUNDS = 3

/** A connection as the sweep sees it. */
export interface WatchedConnection {
  /** The round in which something was last heard. */
  readonly heardIn: number
  /** The round in which it was pinged, if nothing was heard since. */
  readonly pingedIn: number | undefined
  ping(round: number): void
  /** Closes it, because it did not answer a ping. */
  closeSilent(): void
  close(code: number, reason: string): void
}

/** Finds clients that are gone without a word: one timer for all of them. */
export class Liveness {
  readonly connections = new Set<WatchedConnection>()
  round = 0
  readonly #timer: NodeJS.Timeout

  constructor(roundMs = ROUND_MS) {
    this.#timer = setInterval(() => this.sweep(), roundMs).unref()
  }

  sweep(): void {
    this.round++
    for (const connection of this.connections) this.#check(connection)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #check(connection: WatchedConnection): void {
    if (connection.pingedIn !== undefined) {
      if (this.round - connection.pingedIn >= PONG_ROUNDS) connection.closeSilent()
    } else if (this.round - connection.heardIn >= SILENT_ROUNDS) connection.ping(this.round)
  }
}
