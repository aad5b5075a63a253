import { setTimeout as pause } from 'node:timers/promises'

interface BatchQueueOptions<T> {
  /** Handles a batch: the items that were added meanwhile, in order. */
  handle(items: T[]): Promise<void>
  /** Called for each failed try, with the number of items that were given up. */
  failed(error: unknown, lost: number): void
}

const TRIES = 10
const PAUSE_MS = 1000
const MOST_WAITING = 10_000

/** Handles items in batches, one batch at a time: all that wait together. A batch that fails is retried. */
export class BatchQueue<T> {
  readonly #options: BatchQueueOptions<T>
  readonly #stopping = new AbortController()
  #waiting: T[] = []
  #running: Promise<void> | undefined

  constructor(options: BatchQueueOptions<T>) {
    this.#options = options
  }

  add(item: T): void {
    if (this.#waiting.length >= MOST_WAITING) return this.#options.failed(new RangeError('too many items wait'), 1)
    this.#waiting.push(item)
    this.#running ??= this.#run()
  }

  /** Resolves once all items were handled or given up. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    await Promise.resolve() // items of the same tick share a batch
    while (this.#waiting.length > 0) await this.#handleBatch(this.#waiting.splice(0))
    this.#running = undefined
  }

  async #handleBatch(items: T[]): Promise<void> {
    for (let tried = 1; ; tried++) {
      try {
        return await this.#options.handle(items)
      } catch (error) {
        const over = tried === TRIES || this.#stopping.signal.aborted
        this.#options.failed(error, over ? items.length : 0)
        if (over) return
        await pause(PAUSE_MS, null, { signal: this.#stopping.signal }).catch(() => {})
      }
    }
  }
}
