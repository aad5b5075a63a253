import { CarillonError } from '@carillon/contract'

/**
 * Parses a JSON array.
 * @throws CarillonError `bad_request`, with the place where the text stops being JSON.
 */
export function parseJsonArray(text: string): unknown[] {
  const value = parse(text)
  if (Array.isArray(value)) return value
  throw new CarillonError('bad_request', 'The JSON body must be an array.')
}

/**
 * Parses a JSON object.
 * @throws CarillonError `bad_request`, with the place where the text stops being JSON.
 */
export function parseJsonObject(text: string): Record<string, unknown> {
  const value = parse(text)
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new CarillonError('bad_request', 'The JSON body must be an object.')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw new CarillonError('bad_request', `The JSON body is broken at ${placeOf(findFault(text), text)}.`)
  }
}

function placeOf(at: number, text: string): string {
  const before = text.slice(0, at).split('\n')
  return `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
}

const TOKEN =
  // oxlint-disable-next-line no-control-regex -- JSON strings hold none
  /[ \t\n\r]*(?:([[\]{},:])|("[^"\\\u0000-\u001f]*(?:\\(?:["\\/bfnrt]|u[\da-fA-F]{4})[^"\\\u0000-\u001f]*)*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-]))/y
const SPACE = /[ \t\n\r]*/y

/** What may come next: V8 tells the place of a fault only sometimes, so it is looked for again. */
type State = 'value' | 'item' | 'key' | 'nextKey' | 'colon' | 'after' | 'end'

/** Index of the first token that cannot stand where it stands. */
function findFault(text: string): number {
  const open: string[] = []
  let state: State | undefined = 'value'
  let at = 0
  while (state !== undefined) {
    TOKEN.lastIndex = at
    const token = TOKEN.exec(text)
    if (!token) break
    state = step(state, token[1] ?? (token[2] ? 'string' : 'scalar'), open)
    if (state !== undefined) at = TOKEN.lastIndex
  }
  SPACE.lastIndex = at
  SPACE.exec(text)
  return SPACE.lastIndex
}

function step(state: State, token: string, open: string[]): State | undefined {
  if (state === 'colon') return token === ':' ? 'value' : undefined
  if (state === 'key' || state === 'nextKey') {
    if (token === 'string') return 'colon'
    return state === 'key' && token === '}' ? close(open) : undefined
  }
  if (state === 'after') return afterValue(token, open)
  if (state === 'item' && token === ']') return close(open)
  return state === 'end' ? undefined : beginValue(token, open)
}

function beginValue(token: string, open: string[]): State | undefined {
  if (token === 'string' || token === 'scalar') return open.length === 0 ? 'end' : 'after'
  if (token !== '{' && token !== '[') return undefined
  open.push(token)
  return token === '{' ? 'key' : 'item'
}

function afterValue(token: string, open: string[]): State | undefined {
  if (token === ',') return open.at(-1) === '{' ? 'nextKey' : 'value'
  return token === (open.at(-1) === '{' ? '}' : ']') ? close(open) : undefined
}

function close(open: string[]): State {
  open.pop()
  return open.length === 0 ? 'end' : 'after'
}
