import type { Thread } from './machine.ts'

export interface BatchesOptions {
  /** The thread that collects the items. */
  thread: Thread
  /** Items in one batch at most. */
  max: number
  /** Batches that run at once. While as many run, items wait. */
  concurrency: number
}

interface Waiting {
  count: number
  resolve(): void
}

/** What packages/async/batch.ts does, in simulated time: items that arrive in the same tick share a batch. */
export function batches(run: (count: number) => Promise<void>, options: BatchesOptions) {
  const waiting: Waiting[] = []
  let running = 0
  let isPlanned = false

  function plan(): void {
    if (isPlanned || waiting.length === 0 || running >= options.concurrency) return
    isPlanned = true
    void options.thread.work(0).then(flush)
  }

  function flush(): void {
    isPlanned = false
    const items = waiting.splice(0, 1)
    let count = items[0]!.count
    while (waiting.length > 0 && count + waiting[0]!.count <= options.max) {
      const next = waiting.shift()!
      count += next.count
      items.push(next)
    }
    running++
    void run(count).then(() => {
      running--
      for (const { resolve } of items) resolve()
      plan()
    })
    plan()
  }

  return (count = 1): Promise<void> =>
    new Promise((resolve) => {
      waiting.push({ count, resolve })
      plan()
    })
}
