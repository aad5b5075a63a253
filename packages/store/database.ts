import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { drizzle } from 'drizzle-orm/node-postgres'
import { DatabaseError, type Pool, type PoolClient, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg'

/** The database, or a transaction on it. */
export type Queryable = NodePgDatabase

/** The one way to Postgres, embedded or not. */
export interface Database extends Queryable {
  /** Asks what has a name: a connection parses it once, and plans it now and then. */
  prepared<Row extends QueryResultRow>(query: NamedQuery): Promise<QueryResult<Row>>
}

type NamedQuery = Required<Pick<QueryConfig<unknown[]>, 'name' | 'text' | 'values'>>

/** How often, and for how many milliseconds, a connection is used before it plans anew. */
const PLANS_LAST = { uses: 100, milliseconds: 5000 }

export function database(pool: Pool): Database {
  pool.on('acquire', discardingOldPlans())
  const kept = keepingConnections(pool)
  return Object.assign(drizzle(kept), { prepared: preparedOn(kept) })
}

/**
 * By itself the pool closes a connection after any error. What the server refused has cost the connection nothing: it
 * keeps what it prepared, and the embedded database, which has room for one, does not refuse the next while it notices
 * the end of this.
 */
function keepingConnections(pool: Pool): Pool {
  pool.on('connect', (client) => client.on('error', () => {})) // whoever waits for an answer is told
  return Object.assign(pool, {
    async query(query: string | QueryConfig, values?: unknown[]) {
      const client = await pool.connect()
      try {
        const answer = await client.query(query, values)
        client.release()
        return answer
      } catch (error) {
        client.release(!isRefused(error))
        throw error
      }
    },
  })
}

/** The statement failed, and not the connection: that ends with `FATAL` or `PANIC`. */
function isRefused(error: unknown): boolean {
  return error instanceof DatabaseError && error.severity === 'ERROR'
}

/**
 * A plan fits the tables as large as they were: one made for an empty table reads all of it, and without `ANALYZE`, which
 * the embedded database seldom does by itself, Postgres would keep to it.
 */
function discardingOldPlans(): (client: PoolClient) => void {
  const plans = new WeakMap<PoolClient, { uses: number; since: number }>()
  return (client) => {
    const now = performance.now()
    const made = plans.get(client)
    const isOld = made && (made.uses >= PLANS_LAST.uses || now - made.since >= PLANS_LAST.milliseconds)
    if (isOld) client.query('discard plans').catch(() => {}) // what is asked next fails as well, and tells
    plans.set(client, made && !isOld ? { ...made, uses: made.uses + 1 } : { uses: 1, since: now })
  }
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
