import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { join } from 'node:path'
import type { Measured, Verdict } from './measure.ts'

/** What the figures were measured on and with. */
export interface Machine {
  node: string
  cores: string
  memory: string
  postgres: string
  redis: string
  /** What baselines are made of. */
  libraries: string
}

const LIBRARIES = ['bullmq', 'pg-boss', 'graphile-worker', 'socket.io', 'ws', 'hono', '@electric-sql/pglite']

export function machine(): Machine {
  const cores = cpus()
  return {
    node: process.version,
    cores: `${cores.length} × ${cores[0]?.model.trim() ?? 'unknown'}`,
    memory: `${Math.round(totalmem() / 2 ** 30)} GB`,
    postgres: versionOf('psql', '-V'),
    redis: versionOf('redis-server', '--version'),
    libraries: LIBRARIES.map((name) => `${name} ${libraryVersion(name)}`).join(', '),
  }
}

export function head({ node, cores, memory, postgres, redis, libraries }: Machine): string {
  return [`Node ${node}, ${cores}, ${memory}`, postgres, redis, libraries].join('\n')
}

/** A table for people. */
export function table({ name, work, rounds, contenders, verdicts }: Measured): string {
  const keys = Object.keys(contenders[0]!.figures)
  const rows = contenders.map((one) =>
    line(
      one.name,
      keys.map((key) => shown(one.figures[key]!)),
    ),
  )
  return [`\n${name}: ${work} (median of ${rounds} rounds)`, line('', keys), ...rows, ...verdicts.map(sentence)].join(
    '\n',
  )
}

function line(name: string, cells: string[]): string {
  return `  ${name.padEnd(34)}${cells.map((cell) => cell.padStart(18)).join('')}`
}

/** With three digits at least. */
export function shown(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : value.toPrecision(3)
}

/** A table for a page. */
export function markdownTable(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [row(titles), row(titles.map(() => '---')), ...rows.map(row)].join('\n')
}

function sentence({ figure, of, ratio, reached, ...target }: Verdict): string {
  return `  ${figure}: ${ratio.toFixed(2)} × ${of}, target ${limit(target)}: ${reached ? 'reached' : 'MISSED'}`
}

export function limit({ atLeast, atMost, below }: Pick<Verdict, 'atLeast' | 'atMost' | 'below'>): string {
  if (below !== undefined) return `below ${below} in itself`
  return atLeast === undefined ? `at most ${atMost}` : `at least ${atLeast.toFixed(2)}`
}

function versionOf(program: string, flag: string): string {
  try {
    return execFileSync(program, [flag], { encoding: 'utf8' }).trim()
  } catch {
    return `${program} is not on the PATH`
  }
}

/** By path: not every package lets its package.json be imported. */
function libraryVersion(name: string): string {
  const file = join(import.meta.dirname, '../node_modules', name, 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version
}
