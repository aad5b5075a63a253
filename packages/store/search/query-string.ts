import { badQuery, type Place, unsupported } from './bad-query.ts'
import { match, matchPhrase, matchWildcard, type Target, target } from './leaves.ts'
import { and, boolean, created, type Query, or } from './query.ts'
import { type Token, type TokenReader, tokenReader } from './tokens.ts'

interface Clause {
  prefix: '+' | '-' | ''
  query: Query
}

/**
 * bleve's query string: `word`, `field:word`, `"a phrase"`, `lup*`, `createdAt:>=1456403493`, each with
 * `+` when it must and `-` when it must not hold. Clauses without a word, such as `!`, are skipped.
 * `inside` says where the string stands when it is part of a JSON query.
 * @throws CarillonError `bad_query`, naming the column, counted from 1.
 */
export function parseQueryString(text: string, inside = ''): Query {
  const reader = tokenReader(text, (offset) => `${inside}column ${offset + 1}`)
  const clauses: Clause[] = []
  while (reader.peek()) clauses.push(clause(reader))
  const having = (prefix: Clause['prefix']) =>
    clauses.filter((one) => one.prefix === prefix && one.query.kind !== 'none').map(({ query }) => query)
  return boolean(and(having('+')), or(having('')), or(having('-')))
}

function clause(reader: TokenReader): Clause {
  const prefix = reader.skip('+', '-')?.text as '+' | '-' | undefined
  const query = base(reader)
  suffix(reader)
  return { prefix: prefix ?? '', query }
}

function base(reader: TokenReader): Query {
  const first = term(reader.take())
  if (!reader.skip(':')) return leaf(target(undefined, first.place), first)
  const field = target(first.text, first.place, '; write \\: for a colon that names no field')
  const comparison = reader.skip('>', '<')
  return comparison ? range(field, comparison, reader) : leaf(field, signed(reader))
}

function term(token: Token): Token {
  if (token.kind !== 'word' && token.kind !== 'phrase') {
    badQuery(token.place, `a word or a phrase should stand here instead of ${symbol(token)}`)
  }
  return token
}

function leaf(field: Target, { kind, text, wild, place }: Token): Query {
  if (kind === 'phrase') return matchPhrase(field, text)
  if (/^\/.*\/$/s.test(text)) unsupported(place, `a regexp (${text})`)
  return wild ? matchWildcard(field, text) : match(field, text)
}

function range(field: Target, comparison: Token, reader: TokenReader): Query {
  if (field.field !== 'createdAt') unsupported(comparison.place, 'a range of anything but createdAt')
  const inclusive = reader.skip('=') !== undefined
  const { text, kind, place } = signed(reader)
  if (kind === 'phrase') unsupported(place, 'a date instead of unix seconds')
  const value = number(text, place)
  return comparison.text === '>' ? created({ value, inclusive }, null) : created(null, { value, inclusive })
}

/** A term, or a number with its minus. */
function signed(reader: TokenReader): Token {
  const minus = reader.skip('-')
  const token = term(reader.take())
  if (!minus) return token
  if (token.kind !== 'word' || !NUMBER.test(token.text)) badQuery(minus.place, 'a minus here belongs to a number')
  return { ...token, text: `-${token.text}` }
}

const NUMBER = /^\d+(?:\.\d*)?$/

function number(text: string, place: Place): number {
  if (!NUMBER.test(text.replace('-', ''))) badQuery(place, 'a number of unix seconds should stand here')
  return Number(text)
}

/** A boost changes nothing, because the newest come first; but it has to be a number. */
function suffix(reader: TokenReader): void {
  const next = reader.peek()
  if (next?.kind === 'tilde') unsupported(next.place, 'a fuzzy search (~)')
  if (next?.kind !== 'boost') return
  reader.take()
  if (next.text !== '' && !NUMBER.test(next.text)) badQuery(next.place, 'a boost (^) takes a number')
}

function symbol({ kind, text }: Token): string {
  return { boost: '^', tilde: '~', operator: text, word: text, phrase: text }[kind]
}
