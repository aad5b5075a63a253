export interface Summary {
  count: number
  p50: number
  p99: number
  max: number
}

/** @param delays in milliseconds. */
export function summary(delays: number[]): Summary {
  const sorted = delays.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? NaN
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}

/** A line of a table, or its head. */
export function row(name?: string, figures?: Summary): string {
  if (!name || !figures) return line('', ['pushes', 'p50', 'p99', 'max'])
  const { count, p50, p99, max } = figures
  return line(name, [String(count), ...[p50, p99, max].map((ms) => ms.toFixed(1))])
}

function line(name: string, cells: string[]): string {
  return name.padEnd(10) + cells.map((cell) => cell.padStart(9)).join('')
}
