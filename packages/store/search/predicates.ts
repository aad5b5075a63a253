import { type SQL, sql } from 'drizzle-orm'
import type { Created, WordPattern, Phrase, SearchQuery } from './query.ts'
import { fieldPrefix, isNameField, lexeme, namePrefix, quoted, type TextField, textFields } from './words.ts'

/** A search as SQL over the columns of `carillon.pushers`, which it names without the table. */
export interface Condition {
  /** The bounds of `created_at` that every hit keeps to: a walk along its index reads nothing outside them. */
  bounds: SQL
  /** False: there are no bounds. */
  isBounded: boolean
  /** Names the app only where the words do not, so that nothing tempts the planner to read all of an app. */
  match: SQL
}

export function condition(app: number, query: SearchQuery): Condition {
  const conjuncts = query.kind === 'and' ? query.of : [query]
  const bounds = conjuncts.filter((one) => one.kind === 'created')
  const rest = all([every, ...conjuncts.filter((one) => one.kind !== 'created').map((one) => predicateOf(app, one))])
  return {
    // With the app, or all of the index would be read for them
    bounds: bounds.length === 0 ? sql`true` : sql.join([sql`app_id = ${app}`, ...bounds.map(between)], sql` and `),
    isBounded: bounds.length > 0,
    match: isOwn(rest) ? asSql(rest) : sql`app_id = ${app} and ${asSql(rest)}`,
  }
}

/**
 * A condition on its way to SQL. What can be a tsquery stays one as long as possible: a single tsquery
 * is a single look-up in the index, and the planner can tell how much it will find.
 */
type Predicate = WordPredicate | SqlPredicate

/** `negative`: the rows that do not match. The index cannot serve that alone. */
interface WordPredicate {
  tsquery: string
  negative: boolean
}

/** `own`: only rows of the app fulfil it, because a lexeme belongs to one app. */
interface SqlPredicate {
  sql: SQL
  own: boolean
}

const every: Predicate = { sql: sql`true`, own: false }

function predicateOf(app: number, query: SearchQuery): Predicate {
  switch (query.kind) {
    case 'phrase':
      return { tsquery: phraseQuery(app, query), negative: false }
    case 'pattern':
      return { sql: patternSql(app, query), own: true }
    case 'created':
      return { sql: sql`(app_id = ${app} and ${between(query)})`, own: true }
    case 'every':
      return every
    case 'none':
      return { sql: sql`false`, own: true }
    case 'not':
      return opposite(predicateOf(app, query.of))
    case 'and':
      return all(query.of.map((one) => predicateOf(app, one)))
    case 'or':
      return any(query.of.map((one) => predicateOf(app, one)))
  }
}

function between({ min, max }: Created): SQL {
  const ends = [min === null ? [] : sql`created_at >= ${min}`, max === null ? [] : sql`created_at <= ${max}`].flat()
  return sql.join(ends, sql` and `)
}

/** WordPredicate hold neither `%` nor `_` nor `\`, so nothing needs escaping. */
function patternSql(app: number, { field, pattern }: WordPattern): SQL {
  const fields = fieldsOf(field)
  const start = phraseQuery(app, { field, words: [pattern.slice(0, pattern.search(/[*?]/))], open: true })
  return sql`(words @@ ${start}::tsquery and exists (
    select from unnest(tsvector_to_array(words)) as lexeme
    where split_part(lexeme, '/', 1) = any(${sql.param(fields.map((one) => fieldPrefix(app, one)))}::text[])
      and split_part(lexeme, '/', 2) like ${pattern.replaceAll('*', '%').replaceAll('?', '_')}))`
}

function all(predicates: Predicate[]): Predicate {
  const asked = predicates.filter(isWordPredicate)
  const excluded = asked.filter(({ negative }) => negative)
  const rest = predicates.filter((one) => !isWordPredicate(one))
  if (excluded.length === asked.length) return conjunction([...rest, ...excluded])
  const terms = [...new Set(asked.map(({ tsquery, negative }) => (negative ? `!${tsquery}` : tsquery)))]
  const together = { tsquery: terms.length === 1 ? terms.join('') : `(${terms.join(' & ')})`, negative: false }
  return rest.length > 0 ? conjunction([together, ...rest]) : together
}

function any(predicates: Predicate[]): Predicate {
  const found = predicates.filter(isWordPredicate).filter(({ negative }) => !negative)
  const rest = predicates.filter((one) => !isWordPredicate(one) || one.negative)
  if (found.length === 0) return disjunction(rest)
  const together = { tsquery: anyOf(found.map(({ tsquery }) => tsquery)), negative: false }
  return rest.length > 0 ? disjunction([together, ...rest]) : together
}

function opposite(predicate: Predicate): Predicate {
  return isWordPredicate(predicate)
    ? { ...predicate, negative: !predicate.negative }
    : { sql: sql`not ${predicate.sql}`, own: false }
}

function asSql(predicate: Predicate): SQL {
  if (!isWordPredicate(predicate)) return predicate.sql
  const matches = sql`words @@ ${predicate.tsquery}::tsquery`
  return predicate.negative ? sql`not (${matches})` : matches
}

function isOwn(predicate: Predicate): boolean {
  return isWordPredicate(predicate) ? !predicate.negative : predicate.own
}

function isWordPredicate(predicate: Predicate): predicate is WordPredicate {
  return 'tsquery' in predicate
}

function conjunction(predicates: Predicate[]): SqlPredicate {
  return { sql: sql`(${sql.join(predicates.map(asSql), sql` and `)})`, own: predicates.some(isOwn) }
}

function disjunction(predicates: Predicate[]): SqlPredicate {
  return { sql: sql`(${sql.join(predicates.map(asSql), sql` or `)})`, own: predicates.every(isOwn) }
}

/** The tsquery of a phrase, as text. */
function phraseQuery(app: number, { field, words, open }: Omit<Phrase, 'kind'>): string {
  return anyOf(
    fieldsOf(field)
      .filter((one) => field || mayHold(one, words))
      .flatMap((one) => inField(app, one, words, open)),
  )
}

function anyOf(queries: string[]): string {
  return queries.length === 1 ? queries.join('') : `(${queries.join(' | ')})`
}

/** No field means any. */
function fieldsOf(field: TextField | null): TextField[] {
  return field ? [field] : textFields
}

/** For `user 1*` the index would have to read every telephone number that begins with 1. */
function mayHold(field: TextField, words: string[]): boolean {
  return field !== 'phoneNumber' || words.length < 2 || words.every((word) => /\p{N}/u.test(word))
}

/** A telephone number may also have been stored without its spaces. */
function inField(app: number, field: TextField, words: string[], open: boolean): string[] {
  if (words.length === 0) return [beginning(lexeme(app, field, ''))]
  if (isNameField(field)) return [beginning(namePrefix(app, field, words).slice(0, open ? -1 : undefined))]
  const together = field === 'phoneNumber' && words.length > 1 ? [adjacent(app, field, [words.join('')], open)] : []
  return [adjacent(app, field, words, open), ...together]
}

function adjacent(app: number, field: TextField, words: string[], open: boolean): string {
  const lexemes = words.map((word) => lexeme(app, field, word))
  const operands = lexemes.map((one, at) => (open && at === lexemes.length - 1 ? beginning(one) : quoted(one)))
  return operands.length === 1 ? operands.join('') : `(${operands.join(' <-> ')})`
}

function beginning(text: string): string {
  return `${quoted(text)}:*`
}
