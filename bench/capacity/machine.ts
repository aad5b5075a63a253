import type { Clock } from './clock.ts'

/** How long a thread keeps its core while others wait for one, in µs, as Linux has it on a few cores. */
const SLICE_US = 1000

export interface MachineOptions {
  clock: Clock
  cores: number
  random: () => number
  /** Until a thread that sleeps runs after something arrived for it. */
  wakeUs: number
}

/** Cores, and the threads that share them in turns. */
export class Machine {
  readonly options: MachineOptions
  #free: number
  readonly #ready: Thread[] = []

  constructor(options: MachineOptions) {
    this.options = options
    this.#free = options.cores
  }

  thread(): Thread {
    return new Thread(this)
  }

  /** Gives the thread a core as soon as there is one. */
  enter(thread: Thread): void {
    if (this.#free === 0) return void this.#ready.push(thread)
    this.#free--
    thread.run()
  }

  leave(): void {
    this.#free++
    const next = this.#ready.shift()
    if (next) this.enter(next)
  }

  get isWanted(): boolean {
    return this.#ready.length > 0
  }
}

interface Job {
  us: number
  done(): void
}

/** Does its jobs one after another, such as the event loop of a Node process or a backend of Postgres. */
export class Thread {
  /** Time on a core so far, in µs. */
  busyUs = 0
  readonly #machine: Machine
  readonly #jobs: Job[] = []
  #isAwake = false

  constructor(machine: Machine) {
    this.#machine = machine
  }

  get isIdle(): boolean {
    return this.#jobs.length === 0
  }

  get queued(): number {
    return this.#jobs.length
  }

  /** Resolves when the work is done. It takes half to one and a half of `us`, at random. */
  work(us: number): Promise<void> {
    const { clock, random, wakeUs } = this.#machine.options
    return new Promise((done) => {
      this.#jobs.push({ us: us * (0.5 + random()), done })
      if (this.#isAwake) return
      this.#isAwake = true
      clock.after(wakeUs, () => this.#machine.enter(this))
    })
  }

  /** Is called with a core, and keeps it for a slice, or for as long as no other thread wants it. */
  run(sliceUs = SLICE_US): void {
    const [job] = this.#jobs
    if (!job) {
      this.#isAwake = false
      return this.#machine.leave()
    }
    const us = Math.min(job.us, sliceUs)
    this.#machine.options.clock.after(us, () => this.#ran(job, us, sliceUs - us))
  }

  #ran(job: Job, us: number, remainingUs: number): void {
    this.busyUs += us
    job.us -= us
    if (job.us === 0) {
      this.#jobs.shift()
      job.done()
    }
    // What follows from the job comes first: a thread with more to do does not sleep in between.
    this.#machine.options.clock.after(0, () => this.#goOn(remainingUs))
  }

  #goOn(remainingUs: number): void {
    if (remainingUs > 0) return this.run(remainingUs)
    if (!this.#machine.isWanted) return this.run()
    this.#machine.leave()
    this.#machine.enter(this)
  }
}
