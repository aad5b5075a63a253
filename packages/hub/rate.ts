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

/** Counts the requests of each app in the current second, in this process. */
export class RequestRate {
  #second = 0
  readonly #taken = new Map<number, number>()

  /** @returns whether the app may have one more in this second */
  take(app: number, most: number): boolean {
    const second = Math.floor(Date.now() / 1000)
    if (second !== this.#second) this.#taken.clear()
    this.#second = second
    const taken = (this.#taken.get(app) ?? 0) + 1
    this.#taken.set(app, taken)
    return taken <= most
  }
}
