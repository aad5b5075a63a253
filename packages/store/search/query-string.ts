import { match, matchPhrase, matchWildcard, type QueryTarget, target } from './terms.ts'
import { and, badQuery, boolean, created, or, type QueryPlace, type SearchQuery, unsupported } from './query.ts'

interface Clause {
  prefix: '+' | '-' | ''
  query: SearchQuery
}

/**
 * bleve's query string: `word`, `field:word`, `"a phrase"`, `lup*`, `createdAt:>=1456403493`, each with
 * `+` when it must and `-` when it must not hold. Clauses without a word, such as `!`, are skipped.
 * `inside` is the path of the string when it is part of a JSON query.
 * @throws CarillonError `bad_query`, naming the column, counted from 1.
 */
export function parseQueryString(text: string, inside = ''): SearchQuery {
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

function base(reader: TokenReader): SearchQuery {
  const first = term(reader.next())
  if (!reader.skip(':')) return leaf(target(undefined, first.place), first)
  const field = target(first.text, first.place, '; write \\: for a colon that does not follow a field name')
  const comparison = reader.skip('>', '<')
  return comparison ? range(field, comparison, reader) : leaf(field, signed(reader))
}

function term(token: Token): Token {
  if (token.kind !== 'word' && token.kind !== 'phrase') {
    badQuery(token.place, `a word or a phrase is expected here instead of ${symbol(token)}`)
  }
  return token
}

function leaf(field: QueryTarget, { kind, text, wild, place }: Token): SearchQuery {
  if (kind === 'phrase') return matchPhrase(field, text)
  if (/^\/.*\/$/s.test(text)) unsupported(place, `a regexp (${text})`)
  return wild ? matchWildcard(field, text) : match(field, text)
}

function range(field: QueryTarget, comparison: Token, reader: TokenReader): SearchQuery {
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
  const token = term(reader.next())
  if (!minus) return token
  if (token.kind !== 'word' || !NUMBER.test(token.text))
    badQuery(minus.place, 'a minus here must be followed by a number')
  return { ...token, text: `-${token.text}` }
}

const NUMBER = /^\d+(?:\.\d*)?$/

function number(text: string, place: QueryPlace): number {
  if (!NUMBER.test(text.replace('-', ''))) badQuery(place, 'a number of unix seconds is expected here')
  return Number(text)
}

/** A boost changes nothing, because the newest come first; but it has to be a number. */
function suffix(reader: TokenReader): void {
  const next = reader.peek()
  if (next?.kind === 'tilde') unsupported(next.place, 'a fuzzy search (~)')
  if (next?.kind !== 'boost') return
  reader.next()
  if (next.text !== '' && !NUMBER.test(next.text)) badQuery(next.place, 'a boost (^) takes a number')
}

function symbol({ kind, text }: Token): string {
  return { boost: '^', tilde: '~', operator: text, word: text, phrase: text }[kind]
}

interface Token {
  /** `+ - : > < =` are operators. */
  kind: 'word' | 'phrase' | 'boost' | 'tilde' | 'operator'
  text: string
  /** Has a `*` or `?` that is not escaped. */
  wild: boolean
  place: QueryPlace
}

interface TokenReader {
  peek(): Token | undefined
  /** The next token, if it is one of these operators. */
  skip(...operators: string[]): Token | undefined
  /** @throws CarillonError `bad_query` at the end of the query. */
  next(): Token
}

/** Every character belongs to one of these; a word goes on to the next space, `:`, `^` or `~`. */
const TOKEN =
  /(?<space>\s+)|(?<operator>[-+:><=])|"(?<phrase>(?:[^"\\]|\\.)*)"|(?<unclosed>")|\^(?<boost>\S*)|~(?<tilde>\S*)|(?<word>(?:[^\s:^~\\]|\\.|\\$)+)/gsu
/** The characters that a backslash escapes. Before any other it is a literal backslash. */
const ESCAPE = /\\([-+=&|><!(){}[\]^"~*?:\\/\s])/g
const UNESCAPED_WILDCARD = /^(?:[^*?\\]|\\.)*[*?]/su

/**
 * Reads a query string of bleve. `placeOf` names an offset to the user.
 * @throws CarillonError `bad_query` for a phrase that never ends.
 */
function tokenReader(text: string, placeOf: (offset: number) => QueryPlace): TokenReader {
  const list = tokens(text, placeOf)
  let at = 0
  const isNext = (operators: string[]) => list[at]?.kind === 'operator' && operators.includes(list[at]?.text ?? '')
  return {
    peek: () => list[at],
    skip: (...operators) => (isNext(operators) ? list[at++] : undefined),
    next: () => list[at++] ?? badQuery(placeOf(text.length), 'something is missing at the end'),
  }
}

function tokens(text: string, placeOf: (offset: number) => QueryPlace): Token[] {
  const found = [...text.matchAll(TOKEN)].filter(({ groups }) => groups?.space === undefined)
  return found.map(({ groups = {}, index }) => tokenOf(groups, placeOf(index)))
}

function tokenOf(groups: Record<string, string | undefined>, place: QueryPlace): Token {
  if (groups.unclosed)
    badQuery(place, 'a phrase starts here and does not end; close it, or write \\" for a quotation mark')
  for (const kind of ['operator', 'phrase', 'boost', 'tilde', 'word'] as const) {
    const raw = groups[kind]
    if (raw !== undefined) return { kind, text: raw.replace(ESCAPE, '$1'), wild: UNESCAPED_WILDCARD.test(raw), place }
  }
  return badQuery(place, 'this cannot be read')
}
