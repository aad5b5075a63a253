interface Waiter {
  most: number
  grant(count: number): void
}

/** Sends that may run at once. Ordinary pushes come before the pages of broadcasts. */
export class Slots {
  #free: number
  #drained = false
  readonly #urgent: Waiter[] = []
  readonly #patient: Waiter[] = []

  constructor(size: number) {
    this.#free = size
  }

  /** Waits for a slot; then gives as many as are free, up to `most`. None once it was drained. */
  acquire(most: number, patient = false): Promise<number> {
    if (this.#drained) return Promise.resolve(0)
    return new Promise((grant) => {
      const line = patient ? this.#patient : this.#urgent
      line.push({ most, grant })
      this.#serve()
    })
  }

  release(count: number): void {
    this.#free += count
    this.#serve()
  }

  /** Sends home all who wait, and all who come. */
  drain(): void {
    this.#drained = true
    for (const { grant } of [...this.#urgent.splice(0), ...this.#patient.splice(0)]) grant(0)
  }

  #serve(): void {
    while (this.#free > 0) {
      const waiter = this.#urgent.shift() ?? this.#patient.shift()
      if (!waiter) return
      const count = Math.min(waiter.most, this.#free)
      this.#free -= count
      waiter.grant(count)
    }
  }
}
