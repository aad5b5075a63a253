import { setTimeout as pause } from 'node:timers/promises'

export interface GatherOptions<T> {
  /** Takes what came meanwhile, in order. */
  take(items: T[]): Promise<void>
  /** Told of each try that failed, and how many items were given up with it. */
  failed(error: unknown, lost: number): void
}

const TRIES = 10
const PAUSE_MS = 1000
const MOST_WAITING = 10_000

/** Hands over what comes in, everything that waits at once and one lot at a time; what fails is tried again. */
export class Gather<T> {
  readonly #options: GatherOptions<T>
  readonly #stopping = new AbortController()
  #waiting: T[] = []
  #working: Promise<void> | undefined

  constructor(options: GatherOptions<T>) {
    this.#options = options
  }

  add(item: T): void {
    if (this.#waiting.length >= MOST_WAITING) return this.#options.failed(new RangeError('too much waits'), 1)
    this.#waiting.push(item)
    this.#working ??= this.#work()
  }

  /** Resolves once all that came was handed over, or could not be. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#working
  }

  async #work(): Promise<void> {
    await Promise.resolve() // what is added in the same tick goes along
    while (this.#waiting.length > 0) await this.#takeLot(this.#waiting.splice(0))
    this.#working = undefined
  }

  async #takeLot(items: T[]): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.#options.take(items)
      } catch (error) {
        const over = tried === TRIES || this.#stopping.signal.aborted
        this.#options.failed(error, over ? items.length : 0)
        if (over) return
        await pause(PAUSE_MS, null, { signal: this.#stopping.signal }).catch(() => {})
      }
    }
  }
}
