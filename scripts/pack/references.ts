import { parseSync, Visitor } from 'oxc-parser'

/** A text in the code that names another file or package. */
export interface Reference {
  /** `import`: of a module, or of its types. `url`: `new URL('./file', import.meta.url)`. */
  kind: 'import' | 'url'
  text: string
  /** Where the quoted text is in the code. */
  start: number
  end: number
}

/** The code with each reference replaced by what `replace` makes of it. */
export function replaceReferences(file: string, code: string, replace: (reference: Reference) => string): string {
  const last = { end: 0, code: '' }
  for (const reference of referencesOf(file, code)) {
    last.code += `${code.slice(last.end, reference.start)}'${replace(reference)}'`
    last.end = reference.end
  }
  return last.code + code.slice(last.end)
}

/** In the order of the code. */
function referencesOf(file: string, code: string): Reference[] {
  const found: Reference[] = []
  const add = (kind: Reference['kind'], node: Node | null | undefined) => {
    if (node && isText(node)) found.push({ kind, text: node.value, start: node.start, end: node.end })
  }
  new Visitor({
    ImportDeclaration: ({ source }) => add('import', source),
    ExportNamedDeclaration: ({ source }) => add('import', source),
    ExportAllDeclaration: ({ source }) => add('import', source),
    ImportExpression: ({ source }) => add('import', source),
    TSImportType: ({ source }) => add('import', source),
    NewExpression: ({ callee, arguments: [path, base] }) => {
      const besideThis = base && code.slice(base.start, base.end) === 'import.meta.url'
      if (besideThis && callee.type === 'Identifier' && callee.name === 'URL') add('url', path)
    },
  }).visit(parseSync(file, code).program)
  return found.toSorted((a, b) => a.start - b.start)
}

interface Node {
  type: string
  start: number
  end: number
}

function isText(node: Node): node is Node & { value: string } {
  return node.type === 'Literal' && 'value' in node && typeof node.value === 'string'
}
