/** Milliseconds after which whoever rang has stopped waiting, and will ring again. */
const WAITED_FOR_MS = 5000
/** Messages that are remembered because nobody heard that they were taken. */
const MOST_REMEMBERED = 100

interface Ring {
  since: number
  answers: ((taken: boolean) => void)[]
}

/** Messages whose acknowledgement somebody waits for. */
export class Rings {
  readonly #waiting = new Map<string, Ring>()
  /** Taken after whoever rang had gone: when it rings again, the client has the message. */
  readonly #takenLate = new Set<string>()

  /** @returns `taken` when it was so before; else what the client makes of it */
  begin(message: string): { taken: boolean; answer: Promise<boolean> } {
    if (this.#takenLate.delete(message)) return { taken: true, answer: Promise.resolve(true) }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const ring = this.#waiting.get(message)
    this.#waiting.set(message, { since: performance.now(), answers: [...(ring?.answers ?? []), resolve] })
    return { taken: false, answer: promise }
  }

  taken(messages: readonly string[]): void {
    for (const message of messages) {
      const ring = this.#end(message, true)
      if (ring && performance.now() - ring.since > WAITED_FOR_MS) this.#remember(message)
    }
  }

  refused(message: string): void {
    this.#end(message, false)
  }

  stop(): void {
    for (const message of this.#waiting.keys()) this.#end(message, false)
  }

  #end(message: string, taken: boolean): Ring | undefined {
    const ring = this.#waiting.get(message)
    this.#waiting.delete(message)
    for (const answer of ring?.answers ?? []) answer(taken)
    return ring
  }

  #remember(message: string): void {
    this.#takenLate.add(message)
    const [oldest] = this.#takenLate
    if (this.#takenLate.size > MOST_REMEMBERED && oldest !== undefined) this.#takenLate.delete(oldest)
  }
}
