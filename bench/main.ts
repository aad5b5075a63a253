import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Benchmark } from './benchmark.ts'
import { benchmarks } from './benchmarks.ts'
import { measure } from './measure.ts'
import { head, machine, table } from './report.ts'

/*
 * `npm run bench` measures everything but what takes very long, `npm run bench -- NAME…` some benchmarks or groups of
 * them; JSON goes to bench/results/. With `--rounds 1` one sees whether it works.
 */

const results = join(import.meta.dirname, 'results')
const { positionals: asked, values } = parseArgs({ allowPositionals: true, options: { rounds: { type: 'string' } } })
const isAsked = ({ name, group }: Benchmark, by: string) => by === name || by === group
const runs = (one: Benchmark) => (asked.length === 0 ? !one.onlyByName : asked.some((by) => isAsked(one, by)))
const unknown = asked.filter((by) => !benchmarks.some((benchmark) => isAsked(benchmark, by)))
if (unknown.length > 0) {
  console.error(
    `There is no benchmark ${unknown.join(', ')}; there are ${benchmarks.map(({ name }) => name).join(', ')}.`,
  )
  process.exit(1)
}

process.setMaxListeners(0) // each program that runs has one
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1))

const on = machine()
console.log(head(on))
mkdirSync(results, { recursive: true })
for (const benchmark of benchmarks.filter(runs)) {
  const measured = await measure(values.rounds ? { ...benchmark, rounds: Number(values.rounds) } : benchmark)
  console.log(table(measured))
  writeFileSync(join(results, `${benchmark.name}.json`), `${JSON.stringify({ machine: on, ...measured }, null, 2)}\n`)
}
