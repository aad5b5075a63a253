import type { SocketWire } from './socket-wire.ts'

/** Milliseconds of a round, and rounds: a ping after two minutes of silence, the end half a minute later. */
const ROUND_MS = 10_000
const SILENT_ROUNDS = 12
const PONG_ROUNDS = 3

/** Finds clients that are gone without a word: one timer for all of them. */
export class Liveness {
  readonly wires = new Set<SocketWire>()
  round = 0
  readonly #timer: NodeJS.Timeout

  constructor(roundMs = ROUND_MS) {
    this.#timer = setInterval(() => this.sweep(), roundMs).unref()
  }

  sweep(): void {
    this.round++
    for (const wire of this.wires) this.#look(wire)
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  #look(wire: SocketWire): void {
    if (wire.pingedIn !== undefined) {
      if (this.round - wire.pingedIn >= PONG_ROUNDS) wire.closeSilent()
    } else if (this.round - wire.heardIn >= SILENT_ROUNDS) wire.ping(this.round)
  }
}
