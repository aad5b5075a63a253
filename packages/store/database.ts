import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { DatabaseError, type Pool, type PoolClient, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg'

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

/** For how many statements and rows of answers, and for how many milliseconds, what a connection has planned is good. */
const PLANS_LAST = { work: 2000, milliseconds: 5000 }

/**
 * Has a pool keep its connections after an error, and plan anew now and then. By itself a pool closes a connection after
 * any error. What the server refused has cost the connection nothing: it keeps what it prepared, and the embedded
 * database, which has room for one, does not refuse the next while it notices the end of this.
 */
function keepingConnections(pool: Pool): Pool {
  const plans = new Plans()
  pool.on('connect', (client) => client.on('error', () => {})) // whoever waits for an answer is told
  return Object.assign(pool, {
    async query(query: string | QueryConfig, values?: unknown[]) {
      const client = await pool.connect()
      try {
        plans.renew(client)
        const answer = await client.query(query, values)
        plans.used(client, answer.rowCount ?? 0)
        client.release()
        return answer
      } catch (error) {
        client.release(!isRefused(error) || isReadOnly(error))
        throw error
      }
    },
  })
}

/** The statement failed, and not the connection: that ends with `FATAL` or `PANIC`. */
function isRefused(error: unknown): boolean {
  return error instanceof DatabaseError && error.severity === 'ERROR'
}

/** The server was demoted to a standby: a new connection may lead to its successor. */
function isReadOnly(error: unknown): boolean {
  return error instanceof DatabaseError && error.code === '25006'
}

/**
 * A plan fits the tables as large as they were: one made for an empty table reads all of it, and without `ANALYZE`, which
 * the embedded database seldom does by itself, Postgres would keep to it. Tables grow by what is asked: under load plans
 * are made anew soon, and the single statement of a quiet hour seldom waits for that.
 */
class Plans {
  readonly #made = new WeakMap<PoolClient, { work: number; since: number }>()

  /** Discards what is too old. */
  renew(client: PoolClient): void {
    const now = performance.now()
    const made = this.#made.get(client)
    if (made && made.work < PLANS_LAST.work && now - made.since < PLANS_LAST.milliseconds) return
    if (made) client.query('discard plans').catch(() => {}) // what is asked next fails as well, and tells
    this.#made.set(client, { work: 0, since: now })
  }

  used(client: PoolClient, rows: number): void {
    this.#made.get(client)!.work += 1 + rows
  }
}
