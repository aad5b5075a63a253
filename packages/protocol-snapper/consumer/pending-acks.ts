/** Milliseconds after which the caller has stopped waiting, and will notify again. */
const WAITED_FOR_MS = 5000
/** Messages that are remembered because their acknowledgement came too late for the caller. */
const MOST_REMEMBERED = 100

export interface PendingAck {
  message: string
  /** Distinguishes two notifications with the same message. */
  id: string
}

interface PendingAnswers {
  since: number
  answers: ((acknowledged: boolean) => void)[]
}

/** Notifications whose acknowledgement by the client somebody waits for. */
export class PendingAcks {
  /** By message, then by id; the oldest first. */
  readonly #waiting = new Map<string, Map<string, PendingAnswers>>()
  /** Messages acknowledged too late. When the caller notifies again, the client already has them. */
  readonly #acknowledgedLate = new Set<string>()

  /** @returns `acknowledged` when the client has the message already; else `answer` says whether it acknowledges it */
  begin(pending: PendingAck): { acknowledged: boolean; answer: Promise<boolean> } {
    if (this.#acknowledgedLate.delete(nameOf(pending))) return { acknowledged: true, answer: Promise.resolve(true) }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const same = this.#waiting.get(pending.message) ?? new Map<string, PendingAnswers>()
    const answers = [...(same.get(pending.id)?.answers ?? []), resolve]
    this.#waiting.set(pending.message, same.set(pending.id, { since: performance.now(), answers }))
    return { acknowledged: false, answer: promise }
  }

  /** How many notifications with this message wait. */
  count(message: string): number {
    return this.#waiting.get(message)?.size ?? 0
  }

  /** Each message acknowledges the oldest notification with the same content. */
  acknowledged(messages: readonly string[]): void {
    for (const message of messages) {
      const [id] = this.#waiting.get(message)?.keys() ?? []
      if (id !== undefined) this.#end({ message, id }, true)
    }
  }

  refused(pending: PendingAck): void {
    this.#end(pending, false)
  }

  stop(): void {
    for (const [message, same] of this.#waiting) for (const id of same.keys()) this.#end({ message, id }, false)
  }

  #end(pending: PendingAck, acknowledged: boolean): void {
    const same = this.#waiting.get(pending.message)
    const waiting = same?.get(pending.id)
    if (!same?.delete(pending.id) || !waiting) return
    if (same.size === 0) this.#waiting.delete(pending.message)
    for (const answer of waiting.answers) answer(acknowledged)
    if (acknowledged && performance.now() - waiting.since > WAITED_FOR_MS) this.#remember(pending)
  }

  #remember(pending: PendingAck): void {
    this.#acknowledgedLate.add(nameOf(pending))
    const [oldest] = this.#acknowledgedLate
    if (this.#acknowledgedLate.size > MOST_REMEMBERED && oldest !== undefined) this.#acknowledgedLate.delete(oldest)
  }
}

function nameOf({ id, message }: PendingAck): string {
  return `${id} ${message}`
}
