const WINDOW_MS = 1000

/** So many a second, and no more. */
export class Rate {
  readonly #most: number
  #since = -Infinity
  #used = 0

  constructor(most: number) {
    this.#most = most
  }

  /** @returns whether there was one left */
  take(now = performance.now()): boolean {
    if (now - this.#since >= WINDOW_MS) {
      this.#since = now
      this.#used = 0
    }
    this.#used++
    return this.#used <= this.#most
  }
}
