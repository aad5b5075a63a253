import { backoff } from '@carillon/async'
import type { OpenBreaker } from '@carillon/contract'

/** Outages in a row that open a breaker. */
const MOST_OUTAGES = 5
/** Seconds until the next probe, by how often it opened in a row. */
const pauseAfter = backoff(10, 300)
/** A probe without a result after this time is followed by another. */
const LONGEST_PROBE_S = 60

/** Permission to send one or more messages. While a breaker is open it gives out one at a time: the probe. */
export interface Pass {
  isProbe: boolean
}

export interface Outage {
  /** For the log. */
  code: string
  /** Seconds that the provider asks callers to wait. */
  after?: number | undefined
}

export interface BreakerEvents {
  /** Called once, however many probes fail. */
  opened(outage: Outage): void
  closed(): void
}

/**
 * Keeps messages from a transport that is out of order. It opens after some outages in a row;
 * then, after a pause, one real send goes through as a probe, and closes it if it works.
 */
export class Breaker {
  #inARow = 0
  /** Why it is open, and how often it opened since it last worked. */
  #outage: Outage | null = null
  /** Unix ms. */
  #openSince = 0
  #openings = 0
  #nextProbe = 0
  #probe: Pass | null = null
  readonly #events: BreakerEvents

  constructor(events: BreakerEvents) {
    this.#events = events
  }

  /** Null while it is open, or a probe is under way. Each pass must be reported. */
  enter(): Pass | null {
    if (!this.#outage) return { isProbe: false }
    if (performance.now() < this.#nextProbe) return null
    this.#nextProbe = performance.now() + LONGEST_PROBE_S * 1000
    return (this.#probe = { isProbe: true })
  }

  /** How the send went: null when it worked, or failed for a reason of its own. */
  report(pass: Pass, outage: Outage | null): void {
    if (this.#outage && pass !== this.#probe) return // began before the breaker opened
    if (!outage) this.#close()
    else if (++this.#inARow >= MOST_OUTAGES || pass.isProbe) this.#open(outage)
  }

  /** Seconds until a message should ask again, with jitter, so that those who wait do not all return at once. */
  wait(): number {
    const untilProbe = this.#probe ? 0 : Math.max(0, this.#nextProbe - performance.now()) / 1000
    return Math.ceil(untilProbe + 1 + Math.random() * (pauseAfter(this.#openings) / 2))
  }

  /** Null while it is closed. */
  get open(): Omit<OpenBreaker, 'transport'> | null {
    if (!this.#outage) return null
    const nextProbe = (Date.now() + this.#nextProbe - performance.now()) / 1000
    return { outage: this.#outage.code, openSince: this.#openSince / 1000, nextProbe }
  }

  #open(outage: Outage): void {
    if (!this.#outage) {
      this.#openSince = Date.now()
      this.#events.opened(outage)
    }
    this.#outage = outage
    this.#probe = null
    this.#openings++
    this.#nextProbe = performance.now() + Math.max(pauseAfter(this.#openings), outage.after ?? 0) * 1000
  }

  #close(): void {
    const wasOpen = this.#outage !== null
    this.#outage = this.#probe = null
    this.#inARow = this.#openings = 0
    if (wasOpen) this.#events.closed()
  }
}
