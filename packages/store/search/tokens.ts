import { badQuery, type Place } from './bad-query.ts'

export interface Token {
  /** `+ - : > < =` are operators. */
  kind: 'word' | 'phrase' | 'boost' | 'tilde' | 'operator'
  text: string
  /** Has a `*` or `?` that is not escaped. */
  wild: boolean
  place: Place
}

export interface TokenReader {
  peek(): Token | undefined
  /** The next token, if it is one of these operators. */
  skip(...operators: string[]): Token | undefined
  /** @throws CarillonError `bad_query` at the end of the query. */
  take(): Token
}

/** Every character belongs to one of these; a word goes on to the next space, `:`, `^` or `~`. */
const TOKEN =
  /(?<space>\s+)|(?<operator>[-+:><=])|"(?<phrase>(?:[^"\\]|\\.)*)"|(?<unclosed>")|\^(?<boost>\S*)|~(?<tilde>\S*)|(?<word>(?:[^\s:^~\\]|\\.|\\$)+)/gsu
/** What a backslash may stand before; before anything else it is itself. */
const ESCAPE = /\\([-+=&|><!(){}[\]^"~*?:\\/\s])/g
const UNESCAPED_WILDCARD = /^(?:[^*?\\]|\\.)*[*?]/su

/**
 * Reads a query string of bleve. `placeOf` names an offset to the user.
 * @throws CarillonError `bad_query` for a phrase that never ends.
 */
export function tokenReader(text: string, placeOf: (offset: number) => Place): TokenReader {
  const list = tokens(text, placeOf)
  let at = 0
  const isNext = (operators: string[]) => list[at]?.kind === 'operator' && operators.includes(list[at]?.text ?? '')
  return {
    peek: () => list[at],
    skip: (...operators) => (isNext(operators) ? list[at++] : undefined),
    take: () => list[at++] ?? badQuery(placeOf(text.length), 'something is missing at the end'),
  }
}

function tokens(text: string, placeOf: (offset: number) => Place): Token[] {
  const found = [...text.matchAll(TOKEN)].filter(({ groups }) => groups?.space === undefined)
  return found.map(({ groups = {}, index }) => token(groups, placeOf(index)))
}

function token(groups: Record<string, string | undefined>, place: Place): Token {
  if (groups.unclosed)
    badQuery(place, 'a phrase begins here and never ends; close it, or write \\" for a quotation mark')
  for (const kind of ['operator', 'phrase', 'boost', 'tilde', 'word'] as const) {
    const raw = groups[kind]
    if (raw !== undefined) return { kind, text: raw.replace(ESCAPE, '$1'), wild: UNESCAPED_WILDCARD.test(raw), place }
  }
  return badQuery(place, 'this cannot be read')
}
