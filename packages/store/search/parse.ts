import { type JsonObject, readJson } from './json-object.ts'
import { parseQueryString } from './query-string.ts'
import {
  and,
  badQuery,
  boolean,
  created,
  every,
  none,
  or,
  type QueryPlace,
  type SearchQuery,
  unsupported,
} from './query.ts'
import { match, matchPhrase, matchPrefix, matchWildcard, type QueryTarget, target } from './terms.ts'

const LONGEST_QUERY = 2000
/** Each is looked up in up to six fields. */
const MOST_TERMS = 64

/**
 * The text of `?q=`: JSON when it begins with `{`, else a query string.
 * @throws CarillonError `bad_query`, with the place, when it cannot be parsed or asks for too much.
 */
export function parseSearch(text: string): SearchQuery {
  if (text.length > LONGEST_QUERY)
    badQuery(`column ${LONGEST_QUERY + 1}`, `a query can have at most ${LONGEST_QUERY} characters`)
  const query = text.trimStart().startsWith('{') ? parseJsonQuery(text) : parseQueryString(text)
  const terms = countTerms(query)
  if (terms > MOST_TERMS) badQuery('its end', `it has ${terms} words, and at most ${MOST_TERMS} are allowed`)
  return query
}

function countTerms(query: SearchQuery): number {
  if (query.kind === 'and' || query.kind === 'or') return query.of.reduce((sum, one) => sum + countTerms(one), 0)
  if (query.kind === 'not') return countTerms(query.of)
  return query.kind === 'phrase' ? Math.max(query.words.length, 1) : 1
}

const MOST_CHOICES = 64

interface QueryKind {
  /** Any of these keys makes an object this kind of query. */
  when: string[]
  /** What else it may hold, beside a boost, which changes nothing: the newest come first. */
  with: string[]
  parse(json: JsonObject): SearchQuery
}

/** In the order in which bleve looks at the keys. */
const kinds: QueryKind[] = [
  { when: ['match'], with: ['field', 'operator', 'fuzziness', 'prefix_length'], parse: parseMatch },
  { when: ['match_phrase'], with: ['field', 'fuzziness'], parse: textual('match_phrase', matchPhrase) },
  { when: ['term'], with: ['field'], parse: textual('term', matchPhrase) },
  { when: ['must', 'should', 'must_not'], with: [], parse: parseBoolean },
  { when: ['conjuncts'], with: [], parse: (json) => and(json.objects('conjuncts').map(parseObject)) },
  { when: ['disjuncts'], with: ['min'], parse: parseDisjuncts },
  { when: ['query'], with: [], parse: parseQuery },
  { when: ['min', 'max'], with: ['field', 'inclusive_min', 'inclusive_max'], parse: parseRange },
  { when: ['prefix'], with: ['field'], parse: textual('prefix', matchPrefix) },
  { when: ['wildcard'], with: ['field'], parse: textual('wildcard', matchWildcard) },
  { when: ['match_all'], with: [], parse: () => every },
]

/**
 * bleve's JSON queries.
 * @throws CarillonError `bad_query`, naming the column of broken JSON, else the path, as `conjuncts[1].field`.
 */
function parseJsonQuery(text: string): SearchQuery {
  return parseObject(readJson(text))
}

function parseObject(json: JsonObject): SearchQuery {
  const kind = kinds.find(({ when }) => when.some((key) => json.has(key)))
  const known = kind ? [...kind.when, ...kind.with, 'boost'] : ['field', 'boost']
  const stranger = json.keys().find((key) => !known.includes(key))
  if (stranger !== undefined) unsupported(json.place(stranger), stranger)
  return kind ? kind.parse(json) : badQuery(json.place(), 'the query is empty')
}

function textual(key: string, parse: (target: QueryTarget, text: string) => SearchQuery): QueryKind['parse'] {
  return (json) => {
    refuseFuzziness(json)
    return parse(targetOf(json, key), json.text(key))
  }
}

function parseMatch(json: JsonObject): SearchQuery {
  refuseFuzziness(json)
  const operator = json.has('operator') ? json.text('operator') : 'or'
  if (operator !== 'or' && operator !== 'and') badQuery(json.place('operator'), 'an operator must be "or" or "and"')
  return match(targetOf(json, 'match'), json.text('match'), operator === 'and')
}

/** bleve's own client always writes a fuzziness of 0. */
function refuseFuzziness(json: JsonObject): void {
  if (json.has('fuzziness') && json.number('fuzziness') !== 0) unsupported(json.place('fuzziness'), 'fuzziness')
}

function parseBoolean(json: JsonObject): SearchQuery {
  const part = (key: string) => (json.has(key) ? parseObject(json.object(key)) : none)
  const needsShould = json.has('should') && leastOf(json.object('should')) > 0
  return boolean(part('must'), part('should'), part('must_not'), needsShould)
}

/** At least `min` of them hold where any choice of so many does; the index can look for those. */
function parseDisjuncts(json: JsonObject): SearchQuery {
  const disjuncts = json.objects('disjuncts').map(parseObject)
  const least = Math.max(leastOf(json), 1)
  if (least > disjuncts.length && disjuncts.length > 0)
    badQuery(json.place('min'), `there are only ${disjuncts.length} disjuncts`)
  const choices = choose(disjuncts, least, MOST_CHOICES + 1)
  if (choices.length > MOST_CHOICES)
    badQuery(json.place('min'), `there are more than ${MOST_CHOICES} ways to choose so many`)
  return or(choices.map(and))
}

/** The ways to choose so many of a list, in its order; not more than `most`. */
function choose<T>(list: T[], count: number, most: number): T[][] {
  if (count === 0) return [[]]
  const choices: T[][] = []
  for (let first = 0; first + count <= list.length && choices.length < most; first++) {
    const others = choose(list.slice(first + 1), count - 1, most - choices.length)
    choices.push(...others.map((rest) => [list[first] as T, ...rest]))
  }
  return choices
}

function leastOf(json: JsonObject): number {
  return json.has('min') ? Math.trunc(json.number('min')) : 0
}

/** A query string, or a query as the body of one of bleve's search requests holds it. */
function parseQuery(json: JsonObject): SearchQuery {
  if (json.isObject('query')) return parseObject(json.object('query'))
  return parseQueryString(json.text('query'), `${json.place('query')}, `)
}

/** From `min`, which is included by default, to `max`, which is not. */
function parseRange(json: JsonObject): SearchQuery {
  const { field, place } = targetOf(json, 'field')
  if (field !== 'createdAt') unsupported(place, 'a range of anything but createdAt')
  const end = (key: string, inclusive: boolean) => {
    if (!json.has(key)) return null
    const flag = `inclusive_${key}`
    return { value: json.number(key), inclusive: json.has(flag) ? json.flag(flag) : inclusive }
  }
  return created(end('min', true), end('max', false))
}

function targetOf(json: JsonObject, key: string): QueryTarget {
  const place: QueryPlace = json.place(json.has('field') ? 'field' : key)
  return target(json.has('field') ? json.text('field') : undefined, place)
}
