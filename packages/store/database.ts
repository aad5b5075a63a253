import type { NodePgDatabase } from 'drizzle-orm/node-postgres'
import { drizzle } from 'drizzle-orm/node-postgres'
import type { Pool } from 'pg'

/** The one way to Postgres, embedded or not. */
export type Database = NodePgDatabase

export function database(pool: Pool): Database {
  return drizzle(pool)
}
