import { badQuery } from './bad-query.ts'
import { parseJsonQuery } from './query-json.ts'
import { parseQueryString } from './query-string.ts'
import type { Query } from './query.ts'

const LONGEST_QUERY = 2000
/** Each is looked up in up to six fields. */
const MOST_TERMS = 64

/**
 * The text of `?q=`: JSON when it begins with `{`, else a query string.
 * @throws CarillonError `bad_query`, with the place, when it cannot be parsed or asks for too much.
 */
export function parseSearch(text: string): Query {
  if (text.length > LONGEST_QUERY)
    badQuery(`column ${LONGEST_QUERY + 1}`, `a query has at most ${LONGEST_QUERY} characters`)
  const query = text.trimStart().startsWith('{') ? parseJsonQuery(text) : parseQueryString(text)
  const terms = countTerms(query)
  if (terms > MOST_TERMS) badQuery('its end', `it asks for ${terms} words, and ${MOST_TERMS} is the most`)
  return query
}

function countTerms(query: Query): number {
  if (query.kind === 'and' || query.kind === 'or') return query.of.reduce((sum, one) => sum + countTerms(one), 0)
  if (query.kind === 'not') return countTerms(query.of)
  return query.kind === 'phrase' ? Math.max(query.words.length, 1) : 1
}
