import { createHash } from 'node:crypto'
import { fillPlaceholders, type SQL, sql } from 'drizzle-orm'
import { PgDialect } from 'drizzle-orm/pg-core'
import type { QueryResult, QueryResultRow } from 'pg'
import type { Database } from './database.ts'

const dialect = new PgDialect()

/**
 * Makes the placeholder for a value that is given each time the statement runs. An array is given with its type: inside a
 * `select` the planner does not see its length, and has no reason to plan again for another one.
 */
export type Give<Given> = (name: keyof Given & string, type?: `${string}[]`) => SQL

/**
 * A statement that runs for every push: its text is made once, and a connection plans it now and then, for any values.
 * Not for statements that must be planned for their values, such as a search.
 */
export function statement<Given extends Record<string, unknown>, Row extends QueryResultRow>(
  title: string,
  build: (give: Give<Given>) => SQL,
): (db: Database, given: Given) => Promise<QueryResult<Row>> {
  const { sql: text, params } = dialect.sqlToQuery(build(giving))
  const name = nameOf(title, text)
  return (db, given) => {
    const values = fillPlaceholders(params, given).map((value) => (Array.isArray(value) ? arrayText(value) : value))
    return db.prepared<Row>({ name, text, values })
  }
}

/** Runs a statement under a name of its text, of which there may be few, so that its plan is kept for any values. */
export function named<Row extends QueryResultRow>(db: Database, title: string, query: SQL): Promise<QueryResult<Row>> {
  const { sql: text, params: values } = dialect.sqlToQuery(query)
  return db.prepared<Row>({ name: nameOf(title, text), text, values })
}

/** Behind a pooler a connection may hold the statement of another version. */
function nameOf(title: string, text: string): string {
  return `${title}_${createHash('sha256').update(text).digest('hex').slice(0, 8)}`
}

function giving(name: string, type?: string): SQL {
  const value = sql`${sql.placeholder(name)}`
  if (!type) return value
  const array = sql.raw(`::${type}`)
  return sql`(select ${value}${array})${array}` // Without the second type, `any` would take it for rows
}

type Element = string | number | boolean | null

const ESCAPED = /["\\]/
const EACH_ESCAPED = /["\\]/g

/** A list in Postgres' syntax. `pg` writes the same, but takes three times as long and makes ten times the garbage. */
function arrayText(list: readonly Element[]): string {
  return `{${list.map(elementText).join(',')}}`
}

function elementText(element: Element): string {
  if (typeof element !== 'string') return element === null ? 'NULL' : `${element}`
  return `"${ESCAPED.test(element) ? element.replace(EACH_ESCAPED, '\\$&') : element}"`
}
