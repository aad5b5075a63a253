import { sql, type SQL } from 'drizzle-orm'
import { lexeme } from './lexemes.ts'
import { all, any, asSql, atLeast, opposite, type Part } from './parts.ts'
import type { Created, Pattern, Query } from './query.ts'
import { beginningQuery, fieldsOf, phraseQuery } from './ts-query.ts'

/** A search as SQL over the bare columns of the table of pushers. */
export interface Condition {
  /** What `created_at` of every hit keeps to: a walk along its index needs to see nothing else. */
  bounds: SQL
  match: SQL
}

export function condition(app: number, query: Query): Condition {
  const conjuncts = query.kind === 'and' ? query.of : [query]
  const bounds = conjuncts.filter((one) => one.kind === 'created')
  const rest = conjuncts.filter((one) => one.kind !== 'created')
  return {
    bounds: sql.join([sql`true`, ...bounds.map(between)], sql` and `),
    match: rest.length > 0 ? asSql(all(rest.map((one) => part(app, one)))) : sql`true`,
  }
}

function part(app: number, query: Query): Part {
  switch (query.kind) {
    case 'phrase':
      return { tsquery: phraseQuery(app, query), negative: false }
    case 'pattern':
      return { sql: patternSql(app, query) }
    case 'created':
      // One arm of an `or` can use an index only if it names the app itself.
      return { sql: sql`(app_id = ${app} and ${between(query)})` }
    case 'every':
      return { sql: sql`true` }
    case 'none':
      return { sql: sql`false` }
    case 'not':
      return opposite(part(app, query.of))
    case 'and':
      return all(query.of.map((one) => part(app, one)))
    case 'or':
      return query.min > 1 ? atLeast(query.min, query.of.map((one) => part(app, one))) : any(query.of.map((one) => part(app, one)))
  }
}

function between({ min, max }: Created): SQL {
  const ends = [min === null ? [] : sql`created_at >= ${min}`, max === null ? [] : sql`created_at <= ${max}`].flat()
  return sql.join(ends, sql` and `)
}

/** Words hold neither `%` nor `_` nor `\`, so nothing needs escaping. */
function patternSql(app: number, { field, pattern }: Pattern): SQL {
  const beginning = pattern.slice(0, pattern.search(/[*?]/))
  const marks = fieldsOf({ field }).map((one) => lexeme(app, one, '').slice(0, -1))
  return sql`(words @@ ${beginningQuery(app, field, beginning)}::tsquery and exists (
    select from unnest(tsvector_to_array(words)) as lexeme
    where split_part(lexeme, '/', 1) = any(${sql.param(marks)}::text[])
      and split_part(lexeme, '/', 2) like ${pattern.replaceAll('*', '%').replaceAll('?', '_')}))`
}
