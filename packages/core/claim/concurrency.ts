import type { RateBudget } from './rate-budget.ts'

/** Permission to send pushes. Permits that are unused when it is disposed of go back. */
export interface Permit extends Disposable {
  /** How many pushes; 0: nothing may be started any more. */
  readonly pushes: number
  /** Starts so many of its pushes, in as few calls of the sender as they fit into. Called at most once. */
  start(pushes: number): Place[]
}

/** The place of one push that was started. It is disposed of when the outcome of the push is recorded. */
export class Place implements Disposable {
  #call: SlotOfCall | undefined
  readonly #recorded: () => void
  readonly #unspent: () => void

  constructor(call: SlotOfCall, recorded: () => void, unspent: () => void) {
    this.#call = call
    this.#recorded = recorded
    this.#unspent = unspent
  }

  /** Called at most once: the push has sent nothing, so another may be sent instead within the rate. */
  giveBackToken(): void {
    this.#unspent()
  }

  /** Frees the slot of its call, once this was called for each push of the call. */
  endCall(): void {
    this.#call?.end()
    this.#call = undefined
  }

  [Symbol.dispose](): void {
    this.endCall()
    this.#recorded()
  }
}

/** The slot of one call of the sender, for several pushes. */
class SlotOfCall {
  #pushes: number
  readonly #free: () => void

  constructor(pushes: number, free: () => void) {
    this.#pushes = pushes
    this.#free = free
  }

  end(): void {
    if (--this.#pushes === 0) this.#free()
  }
}

export interface ConcurrencyOptions {
  /** Calls of the sender that may run at once. */
  size: number
  /** Pushes of one call. */
  perCall?: number
  /** What the sender's rate allows; absent: it has no rate. */
  rateBudget?: RateBudget | undefined
}

interface Waiter {
  most: number
  grant(permit: Permit): void
}

/** Decides how many pushes of a sender may start now. Ordinary pushes come before the pages of broadcasts. */
export class Concurrency {
  /** Pushes of one call. */
  readonly perCall: number
  readonly #rateBudget: RateBudget | undefined
  readonly #size: number
  #freeCalls: number
  /**
   * Pushes that may still be started before outcomes must be recorded. As many may be unrecorded as may run, so that a
   * fast sender does not wait while a batch of outcomes is written. After a kill, at most twice as many as may run are
   * sent again.
   */
  #ahead: number
  #isDrained = false
  #returned: () => void = () => {}
  #isPlanned = false
  readonly #ordinary: Waiter[] = []
  readonly #lowPriority: Waiter[] = []

  constructor({ size, perCall = 1, rateBudget }: ConcurrencyOptions) {
    this.#size = size
    this.#freeCalls = size
    this.#ahead = 2 * size * perCall
    this.perCall = perCall
    this.#rateBudget = rateBudget
  }

  /** Waits until a push may start, and permits as many as may, up to `most`. Once drained, permits none. */
  acquire(most: number, lowPriority = false): Promise<Permit> {
    if (this.#isDrained) return Promise.resolve(this.#permit(0))
    return new Promise((grant) => {
      const waiters = lowPriority ? this.#lowPriority : this.#ordinary
      waiters.push({ most, grant })
      this.#serve()
    })
  }

  /** Permits as many pushes as may start now, up to `most`. */
  acquireNow(most: number): Permit {
    return this.#permit(Math.min(most, this.room))
  }

  /** Pushes that may start now if none is waiting; 0 for a sender with a rate. */
  get room(): number {
    const isOpen =
      this.#ordinary.length === 0 && this.#lowPriority.length === 0 && !this.#rateBudget && !this.#isDrained
    return isOpen ? this.#startableCalls() * this.perCall : 0
  }

  /** At least half of all calls may start. */
  get isIdle(): boolean {
    return 2 * this.room >= this.#size * this.perCall
  }

  /** Sets what is called after places came back and those who waited for them got theirs. Called once. */
  onReturn(returned: () => void): void {
    this.#returned = returned
  }

  /** Permits nothing more, to those who wait and to those who come. */
  drain(): void {
    this.#isDrained = true
    this.#rateBudget?.close()
    for (const { grant } of [...this.#ordinary.splice(0), ...this.#lowPriority.splice(0)]) grant(this.#permit(0))
  }

  #permit(pushes: number, tokensExpireAt = Infinity): Permit {
    const calls = this.#callsFor(pushes)
    this.#freeCalls -= calls
    this.#ahead -= pushes
    let unused = { pushes, calls }
    return {
      pushes,
      start: (count) => {
        unused = { pushes: pushes - count, calls: calls - this.#callsFor(count) }
        return this.#placesFor(count, () => this.#rateBudget?.giveBack(1, tokensExpireAt))
      },
      [Symbol.dispose]: () => {
        if (unused.pushes === 0) return
        this.#rateBudget?.giveBack(unused.pushes, tokensExpireAt)
        this.#freeCalls += unused.calls
        this.#ahead += unused.pushes
        this.#serveSoon()
      },
    }
  }

  #placesFor(pushes: number, unspent: () => void): Place[] {
    const places: Place[] = []
    for (let rest = pushes; rest > 0; rest -= this.perCall) {
      const ofCall = Math.min(rest, this.perCall)
      const slot = new SlotOfCall(ofCall, this.#callEnded)
      for (let count = 0; count < ofCall; count++) places.push(new Place(slot, this.#pushRecorded, unspent))
    }
    return places
  }

  readonly #callEnded = (): void => {
    this.#freeCalls++
    this.#serveSoon()
  }

  readonly #pushRecorded = (): void => {
    this.#ahead++
    this.#serveSoon()
  }

  /**
   * What comes back in one tick is granted together, so that rows are not claimed one by one. It is granted once the
   * outcomes of that tick are on their way to the database, which records them while the next pushes are sent.
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
    for (let calls = this.#startableCalls(); calls > 0; calls = this.#startableCalls()) {
      const waiters = this.#ordinary.length > 0 ? this.#ordinary : this.#lowPriority
      const waiter = waiters[0]
      if (!waiter) return
      const pushes = Math.min(waiter.most, calls * this.perCall, this.#rateBudget?.remaining ?? Infinity)
      if (pushes === 0) return this.#fetchTokens()
      waiters.shift()
      waiter.grant(this.#permit(pushes, this.#rateBudget?.spend(pushes)))
    }
  }

  /** Tokens are fetched only when a call can start: tokens that wait for a slot would be spent all at once. */
  #fetchTokens(): void {
    const wanted = [...this.#ordinary, ...this.#lowPriority].reduce((sum, { most }) => sum + most, 0)
    const most = Math.min(wanted, this.#startableCalls() * this.perCall)
    this.#rateBudget?.fetch(most, this.#ordinary.length === 0, () => this.#serve())
  }

  #startableCalls(): number {
    return Math.min(this.#freeCalls, Math.floor(this.#ahead / this.perCall))
  }

  #callsFor(pushes: number): number {
    return Math.ceil(pushes / this.perCall)
  }
}
