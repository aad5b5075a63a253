/** In their order, at most `size` together. */
export function inBatches<Item>(items: readonly Item[], size: number): Item[][] {
  const batches = []
  for (let from = 0; from < items.length; from += size) batches.push(items.slice(from, from + size))
  return batches
}
