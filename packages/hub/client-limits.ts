/** Characters that may wait: some thousand subscriptions with their signatures. */
const MOST_WAITING = 4 * 1024 * 1024
/** What a message takes besides its characters, so that empty ones count too. */
const EACH = 64
/** Messages after which other clients get their turn, so that a client with thousands does not delay them. */
const AT_A_TIME = 100
/** Messages handled already that may still be kept, so that not each one moves all that wait. */
const MOST_HANDLED = 1000

export interface InboxHandlers {
  handle(text: string): Promise<void> | void
  failed(error: unknown): void
  /** More waits than may wait. */
  full(): void
}

/** Messages of one client, handled one after another: what follows one that takes time waits for it. */
export class Inbox {
  readonly #handlers: InboxHandlers
  #waiting: string[] = []
  /** How many of those were handled. */
  #handled = 0
  #size = 0
  #busy = false
  #closed = false
  #untilRest = AT_A_TIME

  constructor(handlers: InboxHandlers) {
    this.#handlers = handlers
  }

  take(text: string): void {
    if (this.#closed) return
    if (this.#busy) this.#keep(text)
    else this.#handle(text)
  }

  /** Handles nothing until it is done. */
  wait(work: Promise<void>): void {
    this.#busy = true
    void work.catch((error: unknown) => this.#handlers.failed(error)).then(() => this.#rest())
  }

  /** Forgets what waits, and takes nothing more. */
  close(): void {
    this.#closed = true
    this.#waiting = []
    this.#handled = 0
  }

  #keep(text: string): void {
    this.#size += text.length + EACH
    this.#waiting.push(text)
    if (this.#size > MOST_WAITING) this.#handlers.full()
  }

  #rest(): void {
    this.#busy = true
    this.#untilRest = AT_A_TIME
    setImmediate(() => this.#goOn())
  }

  #goOn(): void {
    this.#busy = false
    while (!this.#busy && this.#handled < this.#waiting.length) this.#handle(this.#next())
  }

  #next(): string {
    const text = this.#waiting[this.#handled++]!
    this.#size -= text.length + EACH
    if (this.#handled === this.#waiting.length || this.#handled === MOST_HANDLED) {
      this.#waiting = this.#waiting.slice(this.#handled)
      this.#handled = 0
    }
    return text
  }

  #handle(text: string): void {
    try {
      const work = this.#handlers.handle(text)
      if (work) this.wait(work)
      else if (--this.#untilRest === 0) this.#rest()
    } catch (error) {
      this.#handlers.failed(error)
    }
  }
}

/** The window of a rate. */
const WINDOW_MS = 1000

/** Limits one client to so many a second. */
export class Rate {
  readonly #most: number
  #since = -Infinity
  #used = 0

  constructor(most: number) {
    this.#most = most
  }

  /** Counts one. @returns whether it is within the limit */
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

  /** Counts one. @returns whether the app may have it in this second */
  take(app: number, most: number): boolean {
    const second = Math.floor(Date.now() / 1000)
    if (second !== this.#second) this.#taken.clear()
    this.#second = second
    const taken = (this.#taken.get(app) ?? 0) + 1
    this.#taken.set(app, taken)
    return taken <= most
  }
}
