import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Declarations, declarationsOf } from './declarations.ts'
import { circlesIn, importersOf, importGraph } from './import-graph.ts'
import type { Hops } from './hops.ts'
import { followTwoWays } from './two-ways.ts'
import { importsOf, packageEntries } from '../../scripts/imports.ts'

// Measures how the sources are cut: `npm run measure:house`. `--hops` also runs two pieces of work and follows them;
// `--list` prints the files and names behind the figures.

const root = join(import.meta.dirname, '../..')
const SMALL_FILE_LINES = 40

function sources(): Map<string, string> {
  const files = ['apps', 'packages', 'senders'].flatMap((top) =>
    readdirSync(join(root, top), { recursive: true, encoding: 'utf8' }).map((path) => `${top}/${path}`),
  )
  const own = files.filter((file) => /\.m?[jt]s$/.test(file) && !/node_modules|\/dist\/|\/test\/|\.d\.m?ts$/.test(file))
  return new Map(own.map((file) => [file, readFileSync(join(root, file), 'utf8')]))
}

interface Structure {
  rows: [string, string][]
  /** One line each: a small file with one importer, a type name with several meanings, a circle. */
  list: string[]
}

function structure(texts: Map<string, string>): Structure {
  const declared = [...texts].map(([file, text]) => declarationsOf(file, text))
  const specifiers = new Map(
    [...texts].map(([file, text]) => [file, importsOf(file, text).map((one) => one.specifier)]),
  )
  const graph = importGraph(root, specifiers, packageEntries(root))
  const importers = importersOf(graph)
  const linesOf = (file: string) => texts.get(file)!.split('\n').length - 1
  const lines = declared.flatMap(({ functionLines }) => functionLines).toSorted(ascending)
  const exported = declared.flatMap((one) => one.exported)
  const small = [...texts.keys()].filter((file) => importers.get(file)?.size === 1 && linesOf(file) <= SMALL_FILE_LINES)
  const circles = circlesIn(graph)
  const names = ambiguous(declared)
  const list = [
    ...small.map((file) => `small: ${file} (${[...importers.get(file)!].join()})`),
    ...names.map((name) => `twice: ${name} (${filesDeclaring(name, texts, declared).join(', ')})`),
    ...circles.map((circle) => `circle: ${circle.join(', ')}`),
  ]
  const rows: [string, string][] = [
    ['source files', String(texts.size)],
    ['lines of a file, median', String(at([...texts.keys()].map(linesOf).toSorted(ascending), 0.5))],
    [`files with one importer and at most ${SMALL_FILE_LINES} lines`, share(small.length, texts.size)],
    ['lines of a function, median and 95th percentile', `${at(lines, 0.5)}, ${at(lines, 0.95)}`],
    ['exported functions with a doc comment', share(exported.filter((one) => one.documented).length, exported.length)],
    ['type names declared twice with different meanings', String(names.length)],
    ['circles of imports', `${circles.length} (${circles.map((circle) => circle.length).join(', ')} files)`],
  ]
  return { rows, list: list.toSorted() }
}

function filesDeclaring(name: string, texts: Map<string, string>, declared: Declarations[]): string[] {
  return [...texts.keys()].filter((_, index) => declared[index]!.types.some((type) => type.name === name))
}

/** Names of types that mean something else in another file. */
function ambiguous(declared: Declarations[]): string[] {
  const meanings = Map.groupBy(
    declared.flatMap((one) => one.types),
    ({ name }) => name,
  )
  return [...meanings].filter(([, types]) => new Set(types.map(({ text }) => text)).size > 1).map(([name]) => name)
}

function ways({ push, event }: { push: Hops; event: Hops }): [string, string][] {
  const row = ({ functions, files }: Hops, within = '') => {
    const own = <T extends string>(names: Set<T>) =>
      [...names].filter((name) => name.startsWith(within) && !name.startsWith('packages/client/')).length
    return `${own(functions)} in ${own(files)} files`
  }
  return [
    ['functions of one push, HTTP to SMTP', row(push)],
    ['of these in packages/core', row(push, 'packages/core/')],
    ['functions of one event, HTTP to WebSocket', row(event)],
  ]
}

function at(sorted: number[], quantile: number): number {
  return sorted[Math.floor(sorted.length * quantile)] ?? 0
}

function ascending(a: number, b: number): number {
  return a - b
}

function share(part: number, whole: number): string {
  return `${part} (${Math.round((100 * part) / whole)} %)`
}

const { rows, list } = structure(sources())
if (process.argv.includes('--list')) console.log(list.join('\n'))
if (process.argv.includes('--hops')) rows.push(...ways(await followTwoWays(root)))
for (const [what, figure] of rows) console.log(`${what.padEnd(60)} ${figure}`)
