import { existsSync } from 'node:fs'
import { join, posix } from 'node:path'

/** The files that each file imports, types included. Files without an entry are not followed. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

/**
 * @param specifiers what each file imports, as written
 * @param entries file that an import of one of our packages loads, by what may be imported
 */
export function importGraph(
  root: string,
  specifiers: ReadonlyMap<string, readonly string[]>,
  entries: ReadonlyMap<string, string>,
): ImportGraph {
  const resolve = (file: string, specifier: string) => {
    if (!specifier.startsWith('.')) return entries.get(specifier)
    const path = posix.join(posix.dirname(file), specifier)
    return existsSync(join(root, path)) ? path : undefined
  }
  return new Map([...specifiers].map(([file, imported]) => [file, imported.flatMap((one) => resolve(file, one) ?? [])]))
}

export function importersOf(graph: ImportGraph): Map<string, Set<string>> {
  const importers = new Map([...graph.keys()].map((file) => [file, new Set<string>()]))
  for (const [file, imported] of graph) for (const one of imported) importers.get(one)?.add(file)
  return importers
}

/** Groups of files that import each other, directly or not: Tarjan's strongly connected components. */
export function circlesIn(graph: ImportGraph): string[][] {
  const order = new Map<string, number>()
  const lowest = new Map<string, number>()
  const stack: string[] = []
  const circles: string[][] = []
  const visit = (file: string): number => {
    order.set(file, order.size)
    lowest.set(file, order.get(file)!)
    stack.push(file)
    for (const next of graph.get(file) ?? []) {
      if (!graph.has(next)) continue
      const reached = order.has(next) ? (stack.includes(next) ? order.get(next)! : Infinity) : visit(next)
      lowest.set(file, Math.min(lowest.get(file)!, reached))
    }
    if (lowest.get(file) === order.get(file)) {
      const circle = stack.splice(stack.indexOf(file))
      if (circle.length > 1) circles.push(circle)
    }
    return lowest.get(file)!
  }
  for (const file of graph.keys()) if (!order.has(file)) visit(file)
  return circles
}
