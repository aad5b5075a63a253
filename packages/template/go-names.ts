import { suggestName } from '@carillon/contract'
import { RefusedPart, type Translation } from './template-error.ts'

interface GoField {
  path: string
  /** What an empty one equals, as Go's `if` sees it. */
  empty: string
  isList?: true
}

/** The names of the Go struct that templates were written for, and what they are here. */
const FIELDS = new Map<string, GoField>([
  ['ID', { path: 'pusher.id', empty: '""' }],
  ['Email', { path: 'pusher.email', empty: '""' }],
  ['NickName', { path: 'pusher.nickname', empty: '""' }],
  ['PhoneNumber', { path: 'pusher.phoneNumber', empty: '""' }],
  ['CreatedAt', { path: 'pusher.createdAt', empty: '0' }],
  ['Tags', { path: 'pusher.tags', empty: '0', isList: true }],
  ['Senders', { path: 'pusher.senders', empty: '0', isList: true }],
])

/** One `{{ … }}` or `{% … %}`. Bounded, and without braces inside, so that no text is slow to scan. */
const TOKEN = /\{([{%])(-?)([^{}]{0,1000}?)(-?)([%}])\}/g

/** A dotted name that starts an operand; quoted text is matched to be stepped over. */
const DOTTED = /"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|(?<![\w\].'"])\.([A-Za-z]\w*)/gs

/**
 * Turns `{{.NickName}}`, `{{if .NickName}}`, `{{else}}`, `{{else if not .Email}}` and `{{end}}` into
 * Liquid, and leaves everything else as it is.
 * @throws RefusedPart for a dotted name that no pusher has, and a condition beyond these
 */
export function translateGoNames(source: string): Translation {
  const edits: { end: number; growth: number }[] = []
  let growth = 0
  let isRaw = false
  const text = source.replace(TOKEN, (token, open, trimLeft, body, trimRight, close, offset: number) => {
    const keyword = open === '%' ? body.trim() : ''
    if (keyword === 'raw' || keyword === 'endraw') isRaw = keyword === 'raw'
    if (isRaw || (open === '%') !== (close === '%')) return token
    const liquid = open === '%' ? tag(liquidNames(body, offset)) : output(body, offset)
    const replaced = liquid(trimLeft, trimRight)
    growth += replaced.length - token.length
    edits.push({ end: offset + token.length + growth, growth })
    return replaced
  })
  return { text, originalOffset: (offset) => offset - (edits.findLast(({ end }) => end <= offset)?.growth ?? 0) }
}

type Delimited = (trimLeft: string, trimRight: string) => string

function tag(body: string): Delimited {
  return (left, right) => `{%${left}${body}${right}%}`
}

function output(body: string, offset: number): Delimited {
  const action = body.trim()
  if (action === 'else') return tag(' else ')
  if (action === 'end') return tag(' endif ')
  const branch = /^(if|else\s+if)\b(.*)$/s.exec(action)
  if (branch) return tag(` ${branch[1] === 'if' ? 'if' : 'elsif'} ${condition(branch[2] ?? '', offset)} `)
  const unknown = /^(range|with|template|define|block)\s/.exec(action)
  if (unknown) throw new RefusedPart(`Go's ${unknown[1]} is not supported; use the tags of Liquid`, offset)
  const field = FIELDS.get(action.slice(1))
  const shown = action.startsWith('.') && field?.isList ? listAsGoPrintsIt(field) : liquidNames(body, offset)
  return (left, right) => `{{${left}${shown}${right}}}`
}

function condition(text: string, offset: number): string {
  const found = /^\s+(not\s+)?\.(\w+)$/.exec(text)
  if (!found)
    throw new RefusedPart(
      'only {{if .Name}} and {{if not .Name}} are supported in this form; use {% if %} for other conditions',
      offset,
    )
  const { path, empty, isList } = fieldNamed(found[2] ?? '', offset)
  return `${path}${isList ? '.size' : ''} ${found[1] ? '==' : '!='} ${empty}`
}

function listAsGoPrintsIt({ path }: GoField): string {
  return ` ${path} | join: " " | prepend: "[" | append: "]" `
}

function liquidNames(body: string, offset: number): string {
  return body.replace(DOTTED, (found, name?: string) => (name ? fieldNamed(name, offset).path : found))
}

function fieldNamed(name: string, offset: number): GoField {
  const field = FIELDS.get(name)
  if (!field)
    throw new RefusedPart(
      `there is no such name; ${suggestName(
        name,
        [...FIELDS.keys()].map((key) => `.${key}`),
      )}`,
      offset,
    )
  return field
}
