export interface CoalesceOptions {
  /** Items in one batch at most. */
  max: number
  /** Batches under way at once; while all are, items gather. */
  lanes: number
  /** Told the size of every batch. */
  onBatch?(size: number): void
}

interface Waiting<Item, Result> {
  item: Item
  resolve(result: Result): void
  reject(error: unknown): void
}

/**
 * Lets work that arrives in the same instant travel together: one item alone waits for nothing but
 * the end of the tick, many under load share a batch.
 * @param run answers the items index-aligned.
 */
export function coalesce<Item, Result>(
  run: (items: Item[]) => Promise<Result[]>,
  options: CoalesceOptions,
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = []
  let underWay = 0
  let planned = false

  function plan(): void {
    if (planned || waiting.length === 0 || underWay >= options.lanes) return
    planned = true
    setImmediate(flush)
  }

  function flush(): void {
    planned = false
    const batch = waiting.splice(0, options.max)
    underWay++
    options.onBatch?.(batch.length)
    void settle(batch).then(() => {
      underWay--
      plan()
    })
    plan()
  }

  async function settle(batch: Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await run(batch.map(({ item }) => item))
      batch.forEach(({ resolve }, index) => resolve(results[index]!))
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
  }

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      plan()
    })
}

/** In their order, at most `size` together. */
export function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const batches = []
  for (let from = 0; from < items.length; from += size) batches.push(items.slice(from, from + size))
  return batches
}
