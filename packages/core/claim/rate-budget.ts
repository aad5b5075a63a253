import { errorCode, type Rate, type RateGrant, type Logger } from '@carillon/contract'

/** How long nothing is sent before a limiter that cannot be reached is asked again. */
const AWAY_MS = 1000
/** The pages of broadcasts leave this much of a new slice to the pushes of other workers. */
const LOW_PRIORITY_SHARE = 0.05
const LONGEST_LOW_PRIORITY_WAIT_MS = 25

export interface RateBudgetDeps {
  rate: Rate
  /** Takes tokens of one sender from the rate that all workers share. */
  take(most: number): Promise<RateGrant>
  sender: string
  log: Logger
}

/**
 * The sends that a worker may start now under its sender's rate. Tokens are fetched only when a caller waits for them.
 * Tokens that were not needed go to the next caller, until their slice of time ends.
 */
export class RateBudget {
  readonly #deps: RateBudgetDeps
  #remaining = 0
  /** When the remaining tokens expire, by `performance.now()`, as all times here. */
  #voidAt = 0
  /** When there can be tokens again. */
  #opensAt = 0
  #lowPriorityWait = 0
  #asking = false
  #away = false
  #timer: NodeJS.Timeout | undefined

  constructor(deps: RateBudgetDeps) {
    this.#deps = deps
  }

  get rate(): Rate {
    return this.#deps.rate
  }

  get remaining(): number {
    return performance.now() < this.#voidAt ? this.#remaining : 0
  }

  /** When there can be tokens again, in unix seconds; null: there can be some now, or it is not known. */
  get usedUpUntil(): number | null {
    const wait = this.#opensAt - performance.now()
    return wait > 0 && this.remaining === 0 && !this.#away ? (Date.now() + wait) / 1000 : null
  }

  /** @returns until when they may be given back, by `performance.now()`. */
  spend(count: number): number {
    this.#remaining -= count
    return this.#voidAt
  }

  /** Tokens of a slice that is over are void: sent in the next one, they would be beyond its rate. */
  giveBack(count: number, until: number): void {
    if (performance.now() < until) this.#remaining = this.remaining + count
  }

  /** Fetches tokens as soon as there can be any, then calls `arrived`. A later call replaces one that still waits. */
  fetch(most: number, lowPriority: boolean, arrived: () => void): void {
    if (this.#asking) return
    clearTimeout(this.#timer)
    const wait = this.#opensAt + (lowPriority ? this.#lowPriorityWait : 0) - performance.now()
    if (wait > 0) this.#timer = setTimeout(() => void this.#ask(most).then(arrived), wait)
    else void this.#ask(most).then(arrived)
  }

  close(): void {
    clearTimeout(this.#timer)
  }

  async #ask(most: number): Promise<void> {
    this.#asking = true
    try {
      await this.#take(most)
      this.#away = false
    } catch (error) {
      this.#waitForLimiter(error)
    }
    this.#asking = false
  }

  async #take(most: number): Promise<void> {
    const { tokens, msLeft } = await this.#deps.take(most)
    this.#remaining = this.remaining + tokens
    this.#voidAt = performance.now() + msLeft
    if (tokens === most) return
    this.#opensAt = this.#voidAt
    this.#lowPriorityWait = Math.min(LONGEST_LOW_PRIORITY_WAIT_MS, msLeft * LOW_PRIORITY_SHARE)
  }

  /** Nothing is sent meanwhile: who cannot count must not send. */
  #waitForLimiter(error: unknown): void {
    this.#opensAt = performance.now() + AWAY_MS
    if (this.#away) return
    this.#away = true
    const fields = { sender: this.#deps.sender, error: errorCode(error) }
    this.#deps.log.warn(fields, 'the rate limiter is unavailable; pushes wait')
  }
}
