import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { DatabaseError, type Pool, type PoolClient, type QueryConfig, type QueryResult, type QueryResultRow } from 'pg'

/** The database, or a transaction on it. */
export type Queryable = NodePgDatabase

/** The one way to Postgres, embedded or not. */
export interface Database extends Queryable {
  /** Runs a named statement: a connection parses it once, and plans it now and then. */
  prepared<Row extends QueryResultRow>(query: NamedQuery): Promise<QueryResult<Row>>
}

type NamedQuery = Required<Pick<QueryConfig<unknown[]>, 'name' | 'text' | 'values'>>

/** @param onFailure is called when a statement fails because of its connection, or because the server accepts no writes */
export function database(pool: Pool, onFailure: () => void = () => {}): Database {
  const kept = keepingConnections(pool, onFailure)
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
 * The error of a pooler that gives each transaction any connection and does not track which statements are prepared
 * there. Nothing has run yet: the server reports `invalid_sql_statement_name` or `duplicate_prepared_statement` first.
 */
function isNotKept(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === '26000' || error.code === '42P05')
}

/** A connection keeps its plans for this many statements and rows of answers, and for this many milliseconds. */
const PLANS_LAST = { work: 2000, milliseconds: 5000 }

/**
 * Makes a pool keep its connections after an error, and plan again now and then. By itself a pool closes a connection
 * after any error. A connection whose statement was refused is still good: it keeps its prepared statements, and the
 * embedded database, which has room for one connection, need not notice the end of one before it accepts the next.
 */
function keepingConnections(pool: Pool, onFailure: () => void): Pool {
  const plans = new Plans()
  pool.on('connect', (client) => client.on('error', () => {})) // the caller of a statement gets the error
  return Object.assign(pool, {
    async query(query: string | QueryConfig, values?: unknown[]) {
      const client = await pool.connect().catch((error: unknown) => {
        onFailure()
        throw error
      })
      try {
        plans.renew(client)
        const answer = await client.query(query, values)
        plans.used(client, answer.rowCount ?? 0)
        client.release()
        return answer
      } catch (error) {
        const isUnusable = !isRefused(error) || isReadOnly(error)
        client.release(isUnusable)
        if (isUnusable) onFailure()
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
 * A plan fits the tables as large as they were when it was made. A plan for an empty table reads all of it, and Postgres
 * would keep to it without `ANALYZE`, which the embedded database seldom does by itself. Tables grow with the number of
 * statements: under load plans are soon renewed, and a single statement in a quiet hour seldom waits for that.
 */
class Plans {
  readonly #made = new WeakMap<PoolClient, { work: number; since: number }>()

  /** Discards what is too old. */
  renew(client: PoolClient): void {
    const now = performance.now()
    const made = this.#made.get(client)
    if (made && made.work < PLANS_LAST.work && now - made.since < PLANS_LAST.milliseconds) return
    if (made) client.query('discard plans').catch(() => {}) // the next statement fails as well, and reports it
    this.#made.set(client, { work: 0, since: now })
  }

  used(client: PoolClient, rows: number): void {
    this.#made.get(client)!.work += 1 + rows
  }
}
