import type { WebSocketConnection } from './websocket-connection.ts'

/** Milliseconds of a round, and rounds: a ping after two minutes of silence, the end half a minute later. */
const ROUND_MS = 10_000
const SILENT_ROUNDS = 12
const PONG_ROUNDS = 3

/** Finds clients that are gone without a word: one timer for all of them. */
export class Liveness {
  readonly connections = new Set<WebSocketConnection>()
  round = 0
  readonly #timer: NodeJS.Timeout

  constructor(roundMs = ROUND_MS) {
    this.#timer = setInterval(() => this.sweep(), roundMs).unref()
  }

  sweep(): void {
    this.round++
    for (const connection of this.connections) this.#look(connection)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(connection: WebSocketConnection): void {
    if (connection.pingedIn !== undefined) {
      if (this.round - connection.pingedIn >= PONG_ROUNDS) connection.closeSilent()
    } else if (this.round - connection.heardIn >= SILENT_ROUNDS) connection.ping(this.round)
  }
}
