import { sql, type SQL } from 'drizzle-orm'
import { anyOf } from './ts-query.ts'

/**
 * A condition on the way to SQL. What can be a tsquery stays one as long as possible: a single tsquery
 * is a single look at the index, and the planner can tell how much it will find.
 */
export type Part = Words | Plain

/** `negative`: the rows that do not match. The index cannot serve that alone. */
interface Words {
  tsquery: string
  negative: boolean
}

/** `own`: only rows of the app fulfil it, as lexemes belong to an app. */
interface Plain {
  sql: SQL
  own: boolean
}

export function all(parts: Part[]): Part {
  const asked = parts.filter(isWords)
  const excluded = asked.filter(({ negative }) => negative)
  const rest = parts.filter((one) => !isWords(one))
  if (excluded.length === asked.length) return conjunction([...rest, ...excluded])
  const terms = [...new Set(asked.map(({ tsquery, negative }) => (negative ? `!${tsquery}` : tsquery)))]
  const together = { tsquery: terms.length === 1 ? terms.join('') : `(${terms.join(' & ')})`, negative: false }
  return rest.length > 0 ? conjunction([together, ...rest]) : together
}

export function any(parts: Part[]): Part {
  const found = parts.filter(isWords).filter(({ negative }) => !negative)
  const rest = parts.filter((one) => !isWords(one) || one.negative)
  if (found.length === 0) return disjunction(rest)
  const together = { tsquery: anyOf(found.map(({ tsquery }) => tsquery)), negative: false }
  return rest.length > 0 ? disjunction([together, ...rest]) : together
}

export function opposite(part: Part): Part {
  return isWords(part) ? { ...part, negative: !part.negative } : { sql: sql`not ${part.sql}`, own: false }
}

export function asSql(part: Part): SQL {
  if (!isWords(part)) return part.sql
  const matches = sql`words @@ ${part.tsquery}::tsquery`
  return part.negative ? sql`not (${matches})` : matches
}

export function isOwn(part: Part): boolean {
  return isWords(part) ? !part.negative : part.own
}

function isWords(part: Part): part is Words {
  return 'tsquery' in part
}

function conjunction(parts: Part[]): Plain {
  return { sql: sql`(${sql.join(parts.map(asSql), sql` and `)})`, own: parts.some(isOwn) }
}

function disjunction(parts: Part[]): Plain {
  return { sql: sql`(${sql.join(parts.map(asSql), sql` or `)})`, own: parts.every(isOwn) }
}
