import type { RateBudget } from './rate-budget.ts'

/** Leave to send so many pushes, in as many calls of the sender as have a slot each. */
export interface Permit {
  /** 0: nothing may be started any more. */
  pushes: number
  /** By `performance.now()`: until when pushes that were not sent may be sent by another instead. */
  until: number
}

export interface ConcurrencyOptions {
  /** Calls of the sender that may run at once. */
  size: number
  /** Pushes of one call. */
  perSlot?: number
  /** What the sender's rate allows; absent: there is none. */
  rateBudget?: RateBudget | undefined
}

interface Waiter {
  most: number
  grant(permit: Permit): void
}

const NOTHING: Permit = { pushes: 0, until: 0 }

/** Sends that may start now. Ordinary pushes come before the pages of broadcasts. */
export class Concurrency {
  readonly perSlot: number
  readonly #rateBudget: RateBudget | undefined
  readonly #size: number
  #free: number
  /**
   * Pushes that may still be sent before outcomes must be recorded. As many may be recorded as may run: a fast sender
   * need not stand still while a batch is written, and a kill has no more than twice as many sent again.
   */
  #ahead: number
  #drained = false
  #returned: () => void = () => {}
  #isPlanned = false
  readonly #ordinary: Waiter[] = []
  readonly #lowPriority: Waiter[] = []

  constructor({ size, perSlot = 1, rateBudget }: ConcurrencyOptions) {
    this.#size = size
    this.#free = size
    this.#ahead = 2 * size * perSlot
    this.perSlot = perSlot
    this.#rateBudget = rateBudget
  }

  /** Waits until a push may be sent; then gives leave for as many as may, up to `most`. For none once it was drained. */
  acquire(most: number, lowPriority = false): Promise<Permit> {
    if (this.#drained) return Promise.resolve(NOTHING)
    return new Promise((grant) => {
      const line = lowPriority ? this.#lowPriority : this.#ordinary
      line.push({ most, grant })
      this.#serve()
    })
  }

  /** Pushes that may begin at once, as nobody waits; none where a rate decides. */
  get room(): number {
    const isOpen = this.#ordinary.length === 0 && this.#lowPriority.length === 0 && !this.#rateBudget && !this.#drained
    return isOpen ? this.#startable() * this.perSlot : 0
  }

  /** At least half of all calls may begin. */
  get isIdle(): boolean {
    return 2 * this.room >= this.#size * this.perSlot
  }

  /** Gives leave for as many as may begin at once, up to `most`. */
  acquireNow(most: number): Permit {
    const pushes = Math.min(most, this.room)
    this.#use(pushes)
    return { pushes, until: Infinity }
  }

  /** Calls of the sender that so many pushes take. */
  callsFor(pushes: number): number {
    return Math.ceil(pushes / this.perSlot)
  }

  /** Calls of the sender are over. */
  ended(calls = 1): void {
    this.#free += calls
    this.#serveSoon()
  }

  /** The outcome of a push is recorded. */
  recorded(): void {
    this.#ahead++
    this.#serveSoon()
  }

  /** Returns what a permit has beyond its first `used` pushes, slots and all. */
  giveBack({ pushes, until }: Permit, used = 0): void {
    this.#rateBudget?.giveBack(pushes - used, until)
    this.#ahead += pushes - used
    this.ended(this.callsFor(pushes) - this.callsFor(used))
  }

  /** Set once: hears that slots came back, after those who waited for them got them. */
  onReturn(heard: () => void): void {
    this.#returned = heard
  }

  /** Sends home all who wait, and all who come. */
  drain(): void {
    this.#drained = true
    this.#rateBudget?.close()
    for (const { grant } of [...this.#ordinary.splice(0), ...this.#lowPriority.splice(0)]) grant(NOTHING)
  }

  /**
   * What comes back in one tick is granted together, or rows would be claimed one by one; and not before its outcomes are
   * on their way to the database, so that this records them while the next are sent.
   */
  #serveSoon(): void {
    if (this.#isPlanned) return
    this.#isPlanned = true
    const serve = () => {
      this.#isPlanned = false
      this.#serve()
      this.#returned()
    }
    setImmediate(() => setImmediate(serve))
  }

  #serve(): void {
    for (let free = this.#startable(); free > 0; free = this.#startable()) {
      const line = this.#ordinary.length > 0 ? this.#ordinary : this.#lowPriority
      const waiter = line[0]
      if (!waiter) return
      const pushes = Math.min(waiter.most, free * this.perSlot, this.#rateBudget?.remaining ?? Infinity)
      if (pushes === 0) return this.#fetch()
      line.shift()
      this.#use(pushes)
      waiter.grant({ pushes, until: this.#rateBudget?.spend(pushes) ?? Infinity })
    }
  }

  #use(pushes: number): void {
    this.#free -= this.callsFor(pushes)
    this.#ahead -= pushes
  }

  /** Tokens are asked for only when there is a slot for them: kept waiting, they would be spent all at once. */
  #fetch(): void {
    const wanted = [...this.#ordinary, ...this.#lowPriority].reduce((sum, { most }) => sum + most, 0)
    const most = Math.min(wanted, this.#startable() * this.perSlot)
    this.#rateBudget?.fetch(most, this.#ordinary.length === 0, () => this.#serve())
  }

  #startable(): number {
    return Math.min(this.#free, Math.floor(this.#ahead / this.perSlot))
  }
}
