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

const V8_SENTENCE = /^(.*?)(?: at position \d+(?: \(line \d+ column (\d+)\))?)?$/s

/** @throws CarillonError `bad_query` with what V8 says about the JSON, which names a column for most faults only. */
export function readJson(text: string): JsonObject {
  return jsonObject(parse(text), '')
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const [, message = '', column] = V8_SENTENCE.exec((error as Error).message) ?? []
    return badQuery(column === undefined ? 'its JSON' : `column ${column}`, message)
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
