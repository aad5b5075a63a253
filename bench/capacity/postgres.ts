import type { Clock } from './clock.ts'
import type { Machine, Thread } from './machine.ts'

export interface PostgresOptions {
  clock: Clock
  machine: Machine
  connections: number
  /** For the disk to keep what was written. */
  syncUs: number
  /** CPU of a statement, whatever the number of its items. */
  statementUs: number
}

/** CPU that an item takes where statements are for this many. */
export interface ItemCost {
  us: number
  batch: number
}

/** Backends, one for each connection, that share one log on the disk. */
export class Postgres {
  readonly backends: readonly Thread[]
  readonly #options: PostgresOptions
  readonly #log: Log

  constructor(options: PostgresOptions) {
    const { clock, machine, connections, syncUs } = options
    this.#options = options
    this.backends = Array.from({ length: connections }, () => machine.thread())
    this.#log = new Log(clock, syncUs)
  }

  /** One statement for this many items. Resolves when it is committed. */
  async commit({ us, batch }: ItemCost, count: number): Promise<void> {
    const { statementUs } = this.#options
    await this.#leastBusy().work(statementUs + (us - statementUs / batch) * count)
    await this.#log.sync()
  }

  #leastBusy(): Thread {
    return this.backends.reduce((best, one) => (one.queued < best.queued ? one : best))
  }
}

/** One sync at a time. All commits that wait share the next one. */
class Log {
  readonly #clock: Clock
  readonly #syncUs: number
  #current: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(clock: Clock, syncUs: number) {
    this.#clock = clock
    this.#syncUs = syncUs
  }

  sync(): Promise<void> {
    if (!this.#current) return this.#start()
    this.#next ??= this.#current.then(() => this.#start())
    return this.#next
  }

  #start(): Promise<void> {
    this.#next = undefined
    this.#current = this.#clock.wait(this.#syncUs).then(() => void (this.#current = undefined))
    return this.#current
  }
}
