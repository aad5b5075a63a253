import { badQuery, type QueryPlace } from './query.ts'

/** An object of a JSON query that knows its own path. A member that is null counts as absent. */
export interface JsonObject {
  has(key: string): boolean
  keys(): string[]
  /** The path of a member, or of the object itself. */
  place(key?: string): QueryPlace
  isObject(key: string): boolean
  /** These throw `bad_query` where the member is something else. */
  object(key: string): JsonObject
  objects(key: string): JsonObject[]
  text(key: string): string
  number(key: string): number
  flag(key: string): boolean
}

/** @throws CarillonError `bad_query`, naming the column where the JSON breaks. */
export function readJson(text: string): JsonObject {
  return jsonObject(parse(text), '')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return badQuery(`column ${jsonBreak(text) + 1}`, 'the JSON is incomplete or invalid here')
  }
}

function jsonObject(value: unknown, path: string): JsonObject {
  if (!isRecord(value)) badQuery(path || 'column 1', 'a query must be an object')
  const place = (key?: string) => [path, key].filter(Boolean).join('.') || 'column 1'
  const has = (key: string) => Object.hasOwn(value, key) && value[key] !== null
  const wrong = (key: string, wanted: string) => badQuery(place(key), `${wanted} is expected here`)
  return {
    has,
    keys: () => Object.keys(value).filter(has),
    place,
    isObject: (key) => isRecord(value[key]),
    object: (key) => jsonObject(value[key], place(key)),
    objects: (key) => listAt(value[key], place(key)),
    text: (key) => (typeof value[key] === 'string' ? value[key] : wrong(key, 'a text')),
    number: (key) => (typeof value[key] === 'number' ? value[key] : wrong(key, 'a number')),
    flag: (key) => (typeof value[key] === 'boolean' ? value[key] : wrong(key, 'true or false')),
  }
}

function listAt(list: unknown, path: string): JsonObject[] {
  if (!Array.isArray(list)) badQuery(path, 'a list of queries is expected here')
  return list.map((one, at) => jsonObject(one, `${path}[${at}]`))
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const STRING = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*"/uy
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?)(?![\w.])/y
const SPACE = /[ \t\n\r]*/y

/** The offset at which a text stops being JSON, which `JSON.parse` does not always report. */
export function jsonBreak(text: string): number {
  const end = afterValue(text, 0)
  return end.broken ? end.at : afterSpace(text, end.at)
}

interface JsonEnd {
  at: number
  broken: boolean
}

const broken = (at: number): JsonEnd => ({ at, broken: true })

function afterValue(text: string, from: number): JsonEnd {
  const at = afterSpace(text, from)
  if (text[at] === '{') return afterList(text, at + 1, '}', afterMember)
  if (text[at] === '[') return afterList(text, at + 1, ']', afterValue)
  return text[at] === '"' ? afterPattern(STRING, text, at) : afterPattern(SCALAR, text, at)
}

function afterList(text: string, from: number, close: string, afterItem: typeof afterValue): JsonEnd {
  const first = afterSpace(text, from)
  if (text[first] === close) return { at: first + 1, broken: false }
  for (let at = from; ;) {
    const item = afterItem(text, at)
    if (item.broken) return item
    at = afterSpace(text, item.at)
    if (text[at] === close) return { at: at + 1, broken: false }
    if (text[at] !== ',') return broken(at)
    at++
  }
}

function afterMember(text: string, from: number): JsonEnd {
  const key = afterPattern(STRING, text, afterSpace(text, from))
  if (key.broken) return key
  const colon = afterSpace(text, key.at)
  return text[colon] === ':' ? afterValue(text, colon + 1) : broken(colon)
}

function afterPattern(pattern: RegExp, text: string, at: number): JsonEnd {
  pattern.lastIndex = at
  const found = pattern.exec(text)
  return found ? { at: at + found[0].length, broken: false } : broken(at)
}

function afterSpace(text: string, at: number): number {
  SPACE.lastIndex = at
  return at + (SPACE.exec(text)?.[0].length ?? 0)
}
