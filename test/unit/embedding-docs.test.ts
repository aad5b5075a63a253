import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseSync, Visitor } from 'oxc-parser'
import { expect, it } from 'vitest'

const page = readFileSync(join(import.meta.dirname, '../../docs/embedding.md'), 'utf8')

/** What a reader has at the end: the blocks of code are one program, that grows down the page. */
const program = [...page.matchAll(/```ts\n([^]*?)```/g)].map(([, code]) => code).join('\n')

it('embedding.md imports or declares every name that its programs use', () => {
  const { known, used } = namesOf(program)
  expect([...used].filter((name) => !known.has(name) && !(name in globalThis))).toEqual([])
  expect(used).toContain('createWorker')
})

function namesOf(code: string): { known: Set<string>; used: Set<string> } {
  const [known, used] = [new Set<string>(), new Set<string>()]
  new Visitor({
    ImportDefaultSpecifier: ({ local }) => void known.add(local.name),
    ImportSpecifier: ({ local }) => void known.add(local.name),
    VariableDeclarator: ({ id }) => declared(id).forEach((name) => known.add(name)),
    CallExpression: ({ callee }) => addTo(used, callee),
    NewExpression: ({ callee }) => addTo(used, callee),
    MemberExpression: ({ object }) => addTo(used, object),
    SpreadElement: ({ argument }) => addTo(used, argument),
    ArrowFunctionExpression: ({ params }) => params.flatMap(declared).forEach((name) => known.add(name)),
  }).visit(parseSync('page.ts', code).program)
  return { known, used }
}

interface Node {
  type: string
}

function addTo(names: Set<string>, node: Node): void {
  if (isNamed(node)) names.add(node.name)
}

function isNamed(node: Node): node is Node & { name: string } {
  return node.type === 'Identifier'
}

/** Of a name, and of names out of an object. */
function declared(pattern: Node): string[] {
  if (isNamed(pattern)) return [pattern.name]
  const { properties = [] } = pattern as Node & { properties?: { value: Node }[] }
  return properties.flatMap(({ value }) => declared(value))
}
