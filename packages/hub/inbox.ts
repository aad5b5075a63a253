/** Characters that may wait: some thousand subscriptions with their signatures. */
const MOST_WAITING = 4 * 1024 * 1024

export interface InboxParts {
  handle(text: string): Promise<void> | void
  failed(error: unknown): void
  /** More waits than may wait. */
  full(): void
}

/** Messages of one client, handled one after another: what follows one that takes time waits for it. */
export class Inbox {
  readonly #parts: InboxParts
  #waiting: string[] = []
  #size = 0
  #busy = false
  #closed = false

  constructor(parts: InboxParts) {
    this.#parts = parts
  }

  take(text: string): void {
    if (this.#closed) return
    if (this.#busy) this.#keep(text)
    else this.#handle(text)
  }

  /** Handles nothing until it is done. */
  wait(work: Promise<void>): void {
    this.#busy = true
    // One message per turn of the event loop, so that a client with thousands holds up nobody.
    void work.catch(this.#parts.failed).then(() => setImmediate(() => this.#goOn()))
  }

  /** Forgets what waits, and takes nothing more. */
  close(): void {
    this.#closed = true
    this.#waiting = []
  }

  #keep(text: string): void {
    this.#size += text.length
    this.#waiting.push(text)
    if (this.#size > MOST_WAITING) this.#parts.full()
  }

  #goOn(): void {
    this.#busy = false
    for (let text = this.#next(); text !== undefined; text = this.#next()) this.#handle(text)
  }

  #next(): string | undefined {
    const text = this.#busy ? undefined : this.#waiting.shift()
    if (text !== undefined) this.#size -= text.length
    return text
  }

  #handle(text: string): void {
    try {
      const work = this.#parts.handle(text)
      if (work) this.wait(work)
    } catch (error) {
      this.#parts.failed(error)
    }
  }
}
