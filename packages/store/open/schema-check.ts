import { is } from 'drizzle-orm'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import type { PoolClient } from 'pg'
import * as schema from '../schema/index.ts'

const COLUMNS = `
  select c.relname as table, a.attname as column
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'carillon' and a.attnum > 0 and not a.attisdropped`

/** Tables, and columns as `table.column`, that this version uses and the database does not have. */
export async function missingParts(client: PoolClient): Promise<string[]> {
  const { rows } = await client.query<{ table: string; column: string }>(COLUMNS)
  const there = new Set(rows.flatMap(({ table, column }) => [table, `${table}.${column}`]))
  return tables().flatMap(({ name, columns }) =>
    there.has(name) ? columns.map((column) => `${name}.${column.name}`).filter((part) => !there.has(part)) : [name],
  )
}

function tables(): ReturnType<typeof getTableConfig>[] {
  return Object.values(schema)
    .filter((item) => is(item, PgTable))
    .map((table) => getTableConfig(table))
}
