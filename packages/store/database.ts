import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { drizzle } from 'drizzle-orm/node-postgres'
import type { Pool, QueryConfig, QueryResult, QueryResultRow } from 'pg'
import { keepingConnections } from './connections.ts'

/** The database, or a transaction on it. */
export type Queryable = NodePgDatabase

/** The one way to Postgres, embedded or not. */
export interface Database extends Queryable {
  /** Asks what has a name: a connection parses it once, and plans it now and then. */
  prepared<Row extends QueryResultRow>(query: NamedQuery): Promise<QueryResult<Row>>
}

type NamedQuery = Required<Pick<QueryConfig<unknown[]>, 'name' | 'text' | 'values'>>

export function database(pool: Pool): Database {
  const kept = keepingConnections(pool)
  return Object.assign(drizzle(kept), { prepared: preparedOn(kept) })
}

function preparedOn(pool: Pool): Database['prepared'] {
  let isKept = true
  return async <Row extends QueryResultRow>(query: NamedQuery) => {
    if (isKept) {
      try {
        return await pool.query<Row>(query)
      } catch (error) {
        if (!isNotKept(error)) throw error
        isKept = false
      }
    }
    return pool.query<Row>(query.text, query.values)
  }
}

/**
 * Poolers that give each transaction any connection, and do not follow what was prepared where. Nothing has run: the
 * server's `invalid_sql_statement_name` and `duplicate_prepared_statement` come before.
 */
function isNotKept(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '26000' || error.code === '42P05')
}
