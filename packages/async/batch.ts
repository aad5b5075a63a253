export interface BatchOptions {
  /** Items in one batch at most. */
  max: number
  /** Batches that run at once. While as many run, items wait. */
  concurrency: number
  /** Called with the size of each batch. */
  onBatch?(size: number): void
}

interface WaitingItem<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

/**
 * Combines items that arrive in the same tick into one call. A single item waits only for the end of its tick; under
 * load many items share a batch.
 * @param run returns the results in the order of the items
 */
export function batch<Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
  options: BatchOptions,
): (item: Item) => Promise<Result> {
  const waiting: WaitingItem<Item, Result>[] = []
  let running = 0
  let planned = false

  function plan(): void {
    if (planned || waiting.length === 0 || running >= options.concurrency) return
    planned = true
    setImmediate(flush)
  }

  function flush(): void {
    planned = false
    const items = waiting.splice(0, options.max)
    running++
    options.onBatch?.(items.length)
    void settle(items).then(() => {
      running--
      plan()
    })
    plan()
  }

  async function settle(items: WaitingItem<Item, Result>[]): Promise<void> {
    try {
      const results = await run(items.map(({ item }) => item))
      items.forEach(({ resolve }, index) => resolve(results[index]!))
    } catch (error) {
      for (const { reject } of items) reject(error)
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      plan()
    })
}

/** Splits a list, in its order, into lists of at most `size` items. */
export function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const batches = []
  for (let from = 0; from < items.length; from += size) batches.push(items.slice(from, from + size))
  return batches
}
