import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { benchmarks } from './benchmarks.ts'
import type { Measured, Verdict } from './measure.ts'
import { ratios } from './peers/ratios.ts'
import { head, limit, type Machine, markdownTable, shown } from './report.ts'

/* `node bench/page.ts` prints what docs/benchmarks.md shows of the results that are there. */

interface Result extends Measured {
  machine: Machine
}

const results = benchmarks.flatMap(({ name }) => read(name) ?? [])
const machines = new Set(results.map(({ machine }) => head(machine)))
if (machines.size > 1) console.error('These results are of several machines or versions: measure again.')

console.log([...machines].join('\n\n'))
console.log(
  `\n${markdownTable(['', 'Figure', 'Carillon', 'Baseline', '', 'Ratio', 'Target', ''], results.flatMap(verdicts))}`,
)
const beside = ratios(results)
if (beside.rows.length > 0) console.log(`\n${markdownTable(beside.titles, beside.rows)}`)
for (const { name, contenders } of results.filter(({ group, verdicts: none }) => group || none.length === 0)) {
  const keys = Object.keys(contenders[0]!.figures)
  const rows = contenders.map((one) => [one.name, ...keys.map((key) => shown(one.figures[key]!))])
  console.log(`\n${markdownTable([name, ...keys], rows)}`)
}

function read(name: string): Result | undefined {
  const file = join(import.meta.dirname, `results/${name}.json`)
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Result) : undefined
}

function verdicts({ name, contenders, verdicts: all }: Result): string[][] {
  const valueOf = (contender: string, figure: string) =>
    shown(contenders.find((one) => one.name === contender)!.figures[figure]!)
  return all.map((verdict) => [
    name,
    verdict.figure,
    valueOf(contenders[0]!.name, verdict.figure),
    verdict.of,
    valueOf(verdict.of, verdict.figure),
    ...judged(verdict),
  ])
}

function judged(verdict: Verdict): string[] {
  return [verdict.ratio.toFixed(2), limit(verdict), verdict.reached ? 'reached' : 'missed']
}
