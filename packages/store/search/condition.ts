import { sql, type SQL } from 'drizzle-orm'
import { fieldPrefix } from './lexemes.ts'
import { all, any, asSql, isOwn, opposite, type Part } from './parts.ts'
import type { Created, Pattern, Query } from './query.ts'
import { fieldsOf, phraseQuery } from './ts-query.ts'

/** A search as SQL over the bare columns of the table of pushers. */
export interface Condition {
  /** What `created_at` of every hit keeps to: a walk along its index needs to see nothing else. */
  bounds: SQL
  /** Names the app only where the words do not, so that nothing tempts the planner to read all of an app. */
  match: SQL
}

export function condition(app: number, query: Query): Condition {
  const conjuncts = query.kind === 'and' ? query.of : [query]
  const bounds = conjuncts.filter((one) => one.kind === 'created')
  const rest = all([every, ...conjuncts.filter((one) => one.kind !== 'created').map((one) => part(app, one))])
  return {
    // With the app, or all of the index would be read for them
    bounds: bounds.length === 0 ? sql`true` : sql.join([sql`app_id = ${app}`, ...bounds.map(between)], sql` and `),
    match: isOwn(rest) ? asSql(rest) : sql`app_id = ${app} and ${asSql(rest)}`,
  }
}

const every: Part = { sql: sql`true`, own: false }

function part(app: number, query: Query): Part {
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
      return opposite(part(app, query.of))
    case 'and':
      return all(query.of.map((one) => part(app, one)))
    case 'or':
      return any(query.of.map((one) => part(app, one)))
  }
}

function between({ min, max }: Created): SQL {
  const ends = [min === null ? [] : sql`created_at >= ${min}`, max === null ? [] : sql`created_at <= ${max}`].flat()
  return sql.join(ends, sql` and `)
}

/** Words hold neither `%` nor `_` nor `\`, so nothing needs escaping. */
function patternSql(app: number, { field, pattern }: Pattern): SQL {
  const fields = fieldsOf(field)
  const beginning = phraseQuery(app, { field, words: [pattern.slice(0, pattern.search(/[*?]/))], open: true })
  return sql`(words @@ ${beginning}::tsquery and exists (
    select from unnest(tsvector_to_array(words)) as lexeme
    where split_part(lexeme, '/', 1) = any(${sql.param(fields.map((one) => fieldPrefix(app, one)))}::text[])
      and split_part(lexeme, '/', 2) like ${pattern.replaceAll('*', '%').replaceAll('?', '_')}))`
}
