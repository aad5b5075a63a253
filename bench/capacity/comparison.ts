import { simulations } from './benchmarks.ts'
import { type Result, results } from './measured.ts'

/** By how much a simulated figure may differ from the measured one. */
const TOLERANCE = 0.2

export interface Comparison extends Result {
  simulated: number
  /** Simulated divided by measured. */
  ratio: number
  isWithin: boolean
}

/** What was measured beside what is simulated, in the order of `results`. */
export async function compare(): Promise<Comparison[]> {
  const comparisons = []
  for (const [name, result] of Object.entries<Result>(results)) {
    const simulated = await simulations[name as keyof typeof results]()
    const ratio = simulated / result.measured
    comparisons.push({ ...result, simulated, ratio, isWithin: Math.abs(ratio - 1) <= TOLERANCE })
  }
  return comparisons
}
