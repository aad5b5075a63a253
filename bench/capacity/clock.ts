import { setImmediate as microtasksDone } from 'node:timers/promises'

interface Event {
  at: number
  /** Events of one moment happen in the order in which they were planned. */
  order: number
  happen(): void
}

/** Simulated time in µs. It jumps from one event to the next, so a simulation gives the same result on every machine. */
export class Clock {
  now = 0
  #planned = 0
  /** A binary heap: each event is before the two at twice its index plus one and two. */
  readonly #events: Event[] = []

  after(us: number, happen: () => void): void {
    this.#push({ at: this.now + us, order: this.#planned++, happen })
  }

  wait(us: number): Promise<void> {
    return new Promise((resolve) => this.after(us, resolve))
  }

  /** Lets events happen until the work is done. Rejects if the work waits for something that will not happen. */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    let isDone = false
    const result = work.finally(() => (isDone = true))
    for (;;) {
      await microtasksDone()
      if (isDone) return result
      const event = this.#pop()
      if (!event) throw new Error('The simulated work waits, and nothing is planned.')
      this.now = event.at
      event.happen()
    }
  }

  #push(event: Event): void {
    let index = this.#events.push(event) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (isBefore(this.#events[parent]!, event)) break
      this.#events[index] = this.#events[parent]!
      index = parent
    }
    this.#events[index] = event
  }

  #pop(): Event | undefined {
    const [first] = this.#events
    const last = this.#events.pop()
    if (last && last !== first) this.#sink(last)
    return first
  }

  #sink(event: Event): void {
    let index = 0
    for (;;) {
      const [left, right] = [2 * index + 1, 2 * index + 2]
      const isRight = right < this.#events.length && isBefore(this.#events[right]!, this.#events[left]!)
      const child = isRight ? right : left
      if (child >= this.#events.length || isBefore(event, this.#events[child]!)) break
      this.#events[index] = this.#events[child]!
      index = child
    }
    this.#events[index] = event
  }
}

function isBefore(one: Event, other: Event): boolean {
  return one.at === other.at ? one.order < other.order : one.at < other.at
}
