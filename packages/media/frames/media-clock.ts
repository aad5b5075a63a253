/** Milliseconds by which a sender's clock may differ from ours before it is another clock. */
const DIFFERS = 5000
const TICKS = 2 ** 32

/**
 * From the timestamps of one RTP stream, which begin anywhere and turn over, to our own clock: what came first is when
 * it came, all else as long after it as its sender says. So sound and picture fit together, and whatever a sender
 * claims, time goes as it does here.
 */
export class MediaClock {
  /** Ticks in a second. */
  readonly #rate: number
  #first: { at: number; ticks: number } | undefined
  #latest = 0

  constructor(rate: number) {
    this.#rate = rate
  }

  /**
   * @param timestamp of a packet
   * @param now milliseconds
   * @returns milliseconds, whole ones
   */
  timeOf(timestamp: number, now: number): number {
    const ticks = this.#unrolled(timestamp)
    this.#first ??= { at: now, ticks }
    const time = this.#timeOf(ticks, this.#first)
    if (Math.abs(time - now) <= DIFFERS) return Math.round(time)
    this.#first = { at: now, ticks }
    return Math.round(now)
  }

  #timeOf(ticks: number, first: { at: number; ticks: number }): number {
    return first.at + ((ticks - first.ticks) / this.#rate) * 1000
  }

  /** The nearest to the latest. */
  #unrolled(timestamp: number): number {
    const ahead = (((timestamp - this.#latest) % TICKS) + TICKS) % TICKS
    this.#latest += ahead < TICKS / 2 ? ahead : ahead - TICKS
    return this.#latest
  }
}
