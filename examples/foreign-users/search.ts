import { CarillonError } from 'carillon'

/** A condition over `users`, whose values follow those that are there already. */
export interface Condition {
  sql: string
  values: string[]
}

const TERM = /(?:(\w+):)?(?:"([^"]*)"|(\S+))/g

/** How each field of a search is asked for; a text is found by any part of it. */
const FIELDS: Record<string, (value: string) => string> = {
  id: (value) => `login = ${value}`,
  tags: (value) => `labels ? ${value}`,
  senders: (value) => `channels ? ${value}`,
  nickname: (value) => contains('name', value),
  email: (value) => contains('mail', value),
  phoneNumber: (value) => contains('mobile', value),
}

const ANYWHERE = ['id', 'nickname', 'email', 'phoneNumber']

/**
 * The part of Carillon's search that most people use: `word`, `"some words"` and `field:word`, of
 * which one must hold.
 * @throws CarillonError `bad_query`
 */
export function searchCondition(query: string, valuesBefore: number): Condition {
  if (query.split('"').length % 2 === 0) throw new CarillonError('bad_query', 'A quotation mark is never closed.')
  const terms = [...query.matchAll(TERM)].map(([, field, phrase, word]) => ({ field, text: phrase ?? word ?? '' }))
  const conditions = terms.map(({ field }, at) => condition(field, `$${valuesBefore + at + 1}::text`))
  return { sql: conditions.join(' or ') || 'false', values: terms.map(({ text }) => text) }
}

function condition(field: string | undefined, value: string): string {
  const fields = field === undefined ? ANYWHERE : [field]
  return `(${fields.map((name) => fieldCondition(name, value)).join(' or ')})`
}

function fieldCondition(field: string, value: string): string {
  if (!Object.hasOwn(FIELDS, field)) {
    throw new CarillonError('bad_query', `${field} cannot be searched; ${Object.keys(FIELDS).join(', ')} can.`)
  }
  return FIELDS[field]!(value)
}

/** Not `like`, whose wildcards the value may hold. */
function contains(column: string, value: string): string {
  return `strpos(lower(${column}), lower(${value})) > 0`
}
