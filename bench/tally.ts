import type { Observer } from '@carillon/contract'

export const now = () => performance.timeOrigin + performance.now()

const ignore = () => {}

/** What a worker of the bench has done, and when. Times are in ms since 1970. */
export class Tally {
  #recorded = 0
  #all = 0
  #wanted = Infinity
  #reached: () => void = () => {}
  #calls: { name: string; at: number }[] | undefined

  recorded(count = 1): void {
    this.#all += count
    this.#recorded += count
    if (this.#recorded >= this.#wanted) this.#reached()
  }

  called(name: string): void {
    this.#calls?.push({ name, at: now() })
  }

  /** Counts what Carillon has recorded as sent. */
  readonly observer: Observer = {
    accepted: ignore,
    broadcastAccepted: ignore,
    cancelled: ignore,
    replayed: ignore,
    called: ignore,
    batch: ignore,
    tried: ({ outcome }) => {
      if (outcome === 'sent') this.recorded()
    },
  }

  /** What the bench may ask. */
  readonly commands = {
    /** Resolves when so many are recorded from now on. */
    recorded: async (count: number) => {
      this.#recorded = 0
      await new Promise<void>((resolve) => {
        this.#wanted = count
        this.#reached = resolve
      })
    },
    /** So many were recorded since it began. */
    all: () => this.#all,
    watchCalls: () => {
      this.#calls = []
    },
    calls: () => this.#calls,
  }
}
