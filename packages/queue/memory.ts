import { randomUUID } from 'node:crypto'
import type { Priority } from '@carillon/contract'
import type { Consumer, Queue, WakeUp, WakeUpJob } from './queue.ts'

type Handle = (wakeUp: WakeUp) => Promise<void>

interface QueuedWakeUp {
  wakeUp: WakeUp
  since: number
}

const PRIORITIES: Priority[] = ['high', 'normal', 'low']

/** The queue of a single process. A wake-up for a sender without a consumer is dropped, because its row is enough. */
export function memoryQueue(onError: (error: unknown) => void): Queue {
  /** By sender, one for each consumer; a wake-up goes to the one with the fewest. */
  const queues = new Map<string, Set<ConsumerQueue>>()
  const timers = new Set<NodeJS.Timeout>()
  const epoch = randomUUID()

  const add = ({ sender, wakeUp, priority }: WakeUpJob) => {
    const [shortest] = [...(queues.get(sender) ?? [])].toSorted((a, b) => a.length - b.length)
    shortest?.add(wakeUp, priority)
  }
  const addLater = (wake: WakeUpJob) => {
    const timer = setTimeout(() => {
      timers.delete(timer)
      add(wake)
    }, wake.delay)
    timers.add(timer)
  }

  return {
    async wake(wakeUps) {
      for (const wake of wakeUps) {
        if (wake.delay > 0) addLater(wake)
        else add(wake)
      }
    },
    consume(sender, handle, concurrency) {
      const queue = new ConsumerQueue(handle, concurrency, onError)
      const ofSender = queues.get(sender) ?? new Set()
      queues.set(sender, ofSender.add(queue))
      return {
        async stop() {
          ofSender.delete(queue)
          await queue.stop()
        },
      }
    },
    async oldestWaiting(sender) {
      const times = [...(queues.get(sender) ?? [])].flatMap((queue) => queue.oldest() ?? [])
      return times.length > 0 ? Math.min(...times) : null
    },
    epoch: async () => epoch,
    ping: async () => {},
    async close() {
      for (const timer of timers) clearTimeout(timer)
      await Promise.all([...queues.values()].flatMap((ofSender) => [...ofSender].map((queue) => queue.stop())))
      queues.clear()
    },
  }
}

/** The wake-ups of one consumer, by priority, oldest first. */
class ConsumerQueue implements Consumer {
  readonly #waiting: Record<Priority, Fifo> = { high: new Fifo(), normal: new Fifo(), low: new Fifo() }
  readonly #running = new Set<Promise<void>>()
  readonly #handle: Handle
  readonly #concurrency: number
  readonly #onError: (error: unknown) => void
  #stopped = false

  constructor(handle: Handle, concurrency: number, onError: (error: unknown) => void) {
    this.#handle = handle
    this.#concurrency = concurrency
    this.#onError = onError
  }

  /** Wake-ups that run and that wait. */
  get length(): number {
    return PRIORITIES.reduce((sum, priority) => sum + this.#waiting[priority].length, this.#running.size)
  }

  add(wakeUp: WakeUp, priority: Priority): void {
    this.#waiting[priority].push({ wakeUp, since: Date.now() })
    this.#next()
  }

  oldest(): number | null {
    const times = PRIORITIES.flatMap((priority) => this.#waiting[priority].peek()?.since ?? [])
    return times.length > 0 ? Math.min(...times) : null
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all(this.#running)
  }

  #next(): void {
    while (!this.#stopped && this.#running.size < this.#concurrency) {
      const priority = PRIORITIES.find((each) => this.#waiting[each].peek())
      if (!priority) return
      this.#run(this.#waiting[priority].shift()!.wakeUp)
    }
  }

  #run(wakeUp: WakeUp): void {
    const run = this.#handle(wakeUp)
      .catch(this.#onError)
      .then(() => {
        this.#running.delete(run)
        this.#next()
      })
    this.#running.add(run)
  }
}

/** `Array.shift` moves every element; under a backlog that is quadratic. */
class Fifo {
  #items: QueuedWakeUp[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: QueuedWakeUp): void {
    this.#items.push(item)
  }

  peek(): QueuedWakeUp | undefined {
    return this.#items[this.#head]
  }

  shift(): QueuedWakeUp | undefined {
    const item = this.#items[this.#head]
    this.#head++
    if (this.#head > 1000 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
