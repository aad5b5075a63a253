import { fileURLToPath } from 'node:url'
import { is } from 'drizzle-orm'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import { getTableConfig, PgTable } from 'drizzle-orm/pg-core'
import type { Pool, PoolClient } from 'pg'
import { SetupError } from '@carillon/contract'
import type { DatabasePlace } from './database-place.ts'
import { rootCause } from './faults.ts'
import * as schema from '../schema/index.ts'

/** Any constant of our own. Processes that start together wait for this lock one after another. */
const MIGRATION_LOCK = 6_001_2016

const MIGRATIONS = {
  migrationsFolder: fileURLToPath(new URL('../migrations', import.meta.url)),
  migrationsSchema: 'carillon_migrations',
  migrationsTable: 'applied',
}

/** A role may have limits of its own, which a migration of large tables would run into. */
const NO_LIMITS = 'set local statement_timeout = 0; set local lock_timeout = 0'

/** Something is there already, or is not there: what a migration found is not what its record says. */
const NOT_AS_RECORDED = /^42(?:P0[1267]|70[134]|710)$/

/**
 * Brings the database to this version's tables, even if other processes try at the same time.
 * @throws SetupError when they are another version's, or a migration was made in part.
 */
export async function migrate(pool: Pool, place: DatabasePlace): Promise<void> {
  const client = await pool.connect()
  try {
    if (!(await isUpToDate(client, place))) {
      await apply(client, place)
      // Who was faster may have been another version. What the migrator passes over is older than the last one it made.
      if (!(await isUpToDate(client, place))) throw halfMigrated(place, 'an older migration is missing')
    }
    const missing = await missingParts(client)
    if (missing.length > 0) throw halfMigrated(place, `${missing.slice(0, 3).join(', ')} missing`)
  } finally {
    client.release()
  }
}

/** @throws SetupError for a migration that is unknown to this version. */
async function isUpToDate(client: PoolClient, place: DatabasePlace): Promise<boolean> {
  const known = readMigrationFiles(MIGRATIONS)
  const applied = await appliedTo(client)
  const unknown = applied.findLast(
    ({ time, hash }) => !known.some((each) => each.folderMillis === time && each.hash === hash),
  )
  if (unknown) throw ofAnotherVersion(place, unknown.time, known.at(-1)!.folderMillis)
  return applied.length === known.length
}

/**
 * Released migrations are never changed, and later ones are only added: what is not known here is either newer, or of a
 * version from before the first release.
 */
function ofAnotherVersion({ what, empty }: DatabasePlace, time: number, newest: number): SetupError {
  const migration = `its migration of ${new Date(time).toISOString()}`
  if (time > newest) {
    return new SetupError(
      `${what} was made by a newer version of Carillon: ${migration} is unknown to this version. ` +
        'Run that version or a newer one, or use another database. Nothing was changed.',
    )
  }
  return new SetupError(
    `${what} was made by a development version from before the first release: ${migration} has since been replaced, and no ` +
      `release can migrate such tables. Run the commit of that time, which can read it, or ${empty} and start again ` +
      'with an empty one. Nothing was changed.',
  )
}

/**
 * Runs in one process at a time. The lock belongs to the transaction: a pooler may use another connection afterwards,
 * which could not release a session lock of the first. The migrator begins a transaction too, which Postgres treats as
 * this one, and commits it.
 */
async function apply(client: PoolClient, place: DatabasePlace): Promise<void> {
  try {
    await client.query(`begin; ${NO_LIMITS}; select pg_advisory_xact_lock(${MIGRATION_LOCK})`)
    await applyMigrations(drizzle(client), MIGRATIONS)
  } catch (error) {
    await client.query('rollback').catch(() => {})
    const { code, message = '' } = rootCause(error)
    throw NOT_AS_RECORDED.test(code ?? '') ? halfMigrated(place, message, error) : error
  }
}

interface AppliedMigration {
  /** Unix ms, as its file says. */
  time: number
  /** Of its file. */
  hash: string
}

/** The last one is the newest. */
async function appliedTo(client: PoolClient): Promise<AppliedMigration[]> {
  const { rows: found } = await client.query<{ there: boolean }>(
    `select to_regclass('carillon_migrations.applied') is not null as there`,
  )
  if (!found[0]?.there) return []
  const { rows } = await client.query<{ time: string; hash: string }>(
    'select created_at as time, hash from carillon_migrations.applied order by created_at',
  )
  return rows.map(({ time, hash }) => ({ time: Number(time), hash }))
}

function halfMigrated({ what, empty }: DatabasePlace, found: string, cause?: unknown): SetupError {
  return new SetupError(
    `${what} does not match its record of migrations (${found}): a migration was applied partly or manually. ` +
      `Restore the last backup. If you do not need its data, ${empty} and start again.`,
    { cause },
  )
}

const COLUMNS = `
  select c.relname as table, a.attname as column
  from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'carillon' and a.attnum > 0 and not a.attisdropped`

/** Tables, and columns as `table.column`, that this version uses and the database does not have. */
async function missingParts(client: PoolClient): Promise<string[]> {
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
