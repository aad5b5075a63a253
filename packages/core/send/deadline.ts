import { RetryableError, type Sent } from '@carillon/contract'

/** Milliseconds in which a sender that watches its signal may still say what it did before the signal was aborted. */
const SETTLE_MS = 500

/** Opens deadlines, and ends all open ones when the worker must stop, with one listener for all of them. */
export class Deadlines {
  readonly #open = new Set<Deadline>()
  readonly #stop: AbortSignal

  constructor(stop: AbortSignal) {
    this.#stop = stop
    const endAll = () => this.#open.forEach((deadline) => deadline.end(stop.reason as Error))
    stop.addEventListener('abort', endAll, { once: true })
  }

  open(seconds: number): Deadline {
    const deadline = new Deadline(seconds, () => this.#open.delete(deadline))
    if (this.#stop.aborted) deadline.end(this.#stop.reason as Error)
    else this.#open.add(deadline)
    return deadline
  }
}

/**
 * The deadline of calls of a sender that start together. Its AbortSignal, which is slow to make and to collect, is made
 * only when a sender reads it.
 */
export class Deadline {
  readonly #timer: NodeJS.Timeout
  readonly #closed: () => void
  readonly #leave: (() => void)[] = []
  #controller: AbortController | undefined
  #reason: Error | undefined

  constructor(seconds: number, closed: () => void) {
    this.#closed = closed
    const late = () => this.end(new Error(`The sender did not answer within ${seconds} s.`))
    this.#timer = setTimeout(late, seconds * 1000)
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController()
      if (this.#reason) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /**
   * Makes a call that fails at the deadline, also if the sender ignores its signal. One that watches it has a moment to
   * answer, or to throw what it hands on to the next attempt; other errors are replaced by the reason of the deadline.
   * @param call receives a function that fails the call; it may also throw before it returns a promise
   * @param sent whether the message may have been sent when that happens
   * @throws Error with the reason, when it was over before the call
   */
  within<T>(call: (fail: (error: Error) => void) => Promise<T>, sent: Sent): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#reason) return reject(this.#reason)
      const late = () => new RetryableError(this.#reason!.message, { sent })
      this.#leave.push(() => reject(late())) // nothing after an answer
      void Promise.resolve(call(reject)).then(resolve, (error: unknown) =>
        reject(this.#reason && !hasProgress(error) ? late() : error),
      )
    })
  }

  /** Called once. */
  end(reason: Error): void {
    this.#reason = reason
    this.close()
    const leaveAll = () => this.#leave.forEach((leave) => leave())
    if (!this.#controller) return leaveAll()
    this.#controller.abort(reason)
    setTimeout(leaveAll, SETTLE_MS)
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#closed()
  }
}

function hasProgress(error: unknown): boolean {
  return error instanceof Error && 'progress' in error && error.progress !== undefined
}
