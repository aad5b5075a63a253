import type { Figures } from '../benchmark.ts'
import type { Measured } from '../measure.ts'
import { together } from './metered.ts'

/** A table whose first column names what each row is of. */
export interface Ratios {
  titles: string[]
  rows: string[][]
}

/** Carillon divided by each peer: the figure that counts, and the CPU of all processes together where it was measured. */
export function ratios(results: readonly Measured[]): Ratios {
  const compared = results.filter(({ group, contenders }) => group === 'peers' && contenders.length > 2)
  const peers = compared[0]?.contenders.slice(1).map(({ name }) => name) ?? []
  const ofPeers = (own: Figures, of: Measured, value: (figures: Figures) => number) =>
    peers.map((peer) => {
      const figures = of.contenders.find(({ name }) => name === peer)?.figures
      return figures ? (value(own) / value(figures)).toFixed(2) : ''
    })
  const rows = compared.flatMap((result) => {
    const own = result.contenders[0]!.figures
    const [figure] = Object.keys(own) as [string]
    const first = [result.name, figure, ...ofPeers(own, result, (figures) => figures[figure]!)]
    if (together(own) === undefined) return [first]
    return [first, [result.name, 'CPU µs', ...ofPeers(own, result, (figures) => together(figures)!)]]
  })
  return { titles: ['', 'Figure', ...peers], rows }
}
