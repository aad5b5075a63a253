/** Milliseconds after which whoever rang has stopped waiting, and will ring again. */
const WAITED_FOR_MS = 5000
/** Messages that are remembered because nobody heard that they were taken. */
const MOST_REMEMBERED = 100

export interface Ring {
  message: string
  /** Tells it from another one that says the same. */
  id: string
}

interface Waiting {
  since: number
  answers: ((taken: boolean) => void)[]
}

/** Messages whose acknowledgement somebody waits for. */
export class Rings {
  /** By message, then by id; those that rang first come first. */
  readonly #waiting = new Map<string, Map<string, Waiting>>()
  /** Taken after whoever rang had gone: when it rings again, the client has the message. */
  readonly #takenLate = new Set<string>()

  /** @returns `taken` when it was so before; else what the client makes of it */
  begin(ring: Ring): { taken: boolean; answer: Promise<boolean> } {
    if (this.#takenLate.delete(nameOf(ring))) return { taken: true, answer: Promise.resolve(true) }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const same = this.#waiting.get(ring.message) ?? new Map<string, Waiting>()
    const answers = [...(same.get(ring.id)?.answers ?? []), resolve]
    this.#waiting.set(ring.message, same.set(ring.id, { since: performance.now(), answers }))
    return { taken: false, answer: promise }
  }

  /** How many wait that say the same. */
  count(message: string): number {
    return this.#waiting.get(message)?.size ?? 0
  }

  /** Each message is the one that rang first of those that say the same. */
  taken(messages: readonly string[]): void {
    for (const message of messages) {
      const [id] = this.#waiting.get(message)?.keys() ?? []
      if (id !== undefined) this.#end({ message, id }, true)
    }
  }

  refused(ring: Ring): void {
    this.#end(ring, false)
  }

  stop(): void {
    for (const [message, same] of this.#waiting) for (const id of same.keys()) this.#end({ message, id }, false)
  }

  #end(ring: Ring, taken: boolean): void {
    const same = this.#waiting.get(ring.message)
    const waiting = same?.get(ring.id)
    if (!same?.delete(ring.id) || !waiting) return
    if (same.size === 0) this.#waiting.delete(ring.message)
    for (const answer of waiting.answers) answer(taken)
    if (taken && performance.now() - waiting.since > WAITED_FOR_MS) this.#remember(ring)
  }

  #remember(ring: Ring): void {
    this.#takenLate.add(nameOf(ring))
    const [oldest] = this.#takenLate
    if (this.#takenLate.size > MOST_REMEMBERED && oldest !== undefined) this.#takenLate.delete(oldest)
  }
}

function nameOf({ id, message }: Ring): string {
  return `${id} ${message}`
}
