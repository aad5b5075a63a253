import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Lifetime } from './live.ts'

/** The first day on which something is removed is the 32nd, since a day is kept for 30 to 31 days. */
const FULL = 31
const SHOWN = [1, 10, 20, 30, 31, 32, 40, 50, 60]

/** Prints some of the days, and writes all of them to bench/results. */
export function report(name: string, { days, vacuums }: Lifetime): void {
  const shown = days.filter(({ day }) => SHOWN.includes(day))
  const tables = Object.keys(days.at(-1)!.sizes)
  const line = (title: string, cells: string[]) =>
    `  ${title.padEnd(24)}${cells.map((cell) => cell.padStart(8)).join('')}`
  const rounded = (value: number) => value.toFixed(0)
  console.log(
    [
      `\n${name}: MB on the disk, and ms`,
      line(
        'day',
        shown.map(({ day }) => String(day)),
      ),
      ...tables.map((table) =>
        line(
          table,
          shown.map(({ sizes }) => rounded(sizes[table] ?? 0)),
        ),
      ),
      line(
        'removing, ms',
        shown.map(({ removing }) => rounded(removing)),
      ),
      line(
        'vacuum, ms',
        shown.map(({ vacuuming }) => rounded(vacuuming)),
      ),
      `  ${Object.entries(vacuums)
        .map(([what, count]) => `${what} ${count}`)
        .join(', ')}`,
    ].join('\n'),
  )
  const results = join(import.meta.dirname, '../results')
  mkdirSync(results, { recursive: true })
  writeFileSync(join(results, `${name}-days.json`), `${JSON.stringify({ days, vacuums }, null, 2)}\n`)
}

/** Of the last day's database and that of the day on which it holds all days that are kept. */
export function sizeRatio({ days }: Lifetime): number {
  const at = (day: number) => days[Math.min(day, days.length) - 1]!.sizes.database
  return at(days.length) / at(FULL)
}
