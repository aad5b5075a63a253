import { parseSync, Visitor } from 'oxc-parser'

/** What one source file declares, as far as its size and its names are measured. */
export interface Declarations {
  /** Lines of each function with a body, methods and arrow functions included. */
  functionLines: number[]
  /** Interfaces and type aliases, with their text without comments and spaces. */
  types: { name: string; text: string }[]
  /** Exported functions, and whether each has a doc comment. */
  exported: { documented: boolean }[]
}

interface Span {
  start: number
  end: number
}

/** @param file its name tells the parser the language */
export function declarationsOf(file: string, source: string): Declarations {
  const { program, comments } = parseSync(file, source)
  const docs = comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
  const functionLines: number[] = []
  const types: Declarations['types'] = []
  const exported: Declarations['exported'] = []
  const measure = ({ start, end }: Span) => functionLines.push(source.slice(start, end).split('\n').length)
  const declare = (name: string, { start, end }: Span) => types.push({ name, text: bare(source.slice(start, end)) })
  const visitor = new Visitor({
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
    TSInterfaceDeclaration: (node) => declare(node.id.name, node.body),
    TSTypeAliasDeclaration: (node) => declare(node.id.name, node.typeAnnotation),
    ExportNamedDeclaration: ({ start, declaration }) => {
      if (declaration?.type !== 'FunctionDeclaration') return
      exported.push({ documented: docs.some(({ end }) => end <= start && source.slice(end, start).trim() === '') })
    },
  })
  visitor.visit(program)
  return { functionLines, types, exported }
}

function bare(text: string): string {
  return text.replace(/\/\*[^]*?\*\/|\/\/.*$/gm, '').replace(/\s+/g, '')
}
