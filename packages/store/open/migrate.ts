import { fileURLToPath } from 'node:url'
import { SetupError } from '@carillon/contract'
import { readMigrationFiles } from 'drizzle-orm/migrator'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as applyMigrations } from 'drizzle-orm/node-postgres/migrator'
import type { Pool, PoolClient } from 'pg'
import type { DatabasePlace } from './database-place.ts'
import { rootCause } from './root-cause.ts'
import { missingParts } from './schema-check.ts'

/** Any constant of our own; processes that start together queue up at it. */
const MIGRATION_LOCK = 6_001_2016

const MIGRATIONS = {
  migrationsFolder: fileURLToPath(new URL('../migrations', import.meta.url)),
  migrationsSchema: 'carillon_migrations',
  migrationsTable: 'applied',
}

/** Something is there already, or is not there: what a migration found is not what its record says. */
const NOT_AS_RECORDED = /^42(?:P0[1267]|70[134]|710)$/

/**
 * Brings the database to this version's tables, whoever else tries at the same time.
 * @throws SetupError when they are another version's, or a migration was made in part.
 */
export async function migrate(pool: Pool, place: DatabasePlace): Promise<void> {
  const client = await pool.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [MIGRATION_LOCK])
    await refuseOtherVersion(client, place)
    await applyMigrations(drizzle(client), MIGRATIONS).catch((error: unknown) => {
      const { code, message = '' } = rootCause(error)
      throw NOT_AS_RECORDED.test(code ?? '') ? halfMigrated(place, message, error) : error
    })
    const missing = await missingParts(client)
    if (missing.length > 0) throw halfMigrated(place, `${missing.slice(0, 3).join(', ')} missing`)
  } finally {
    await client.query('select pg_advisory_unlock($1)', [MIGRATION_LOCK]).catch(() => {})
    client.release()
  }
}

async function refuseOtherVersion(client: PoolClient, { what }: DatabasePlace): Promise<void> {
  const known = new Set(readMigrationFiles(MIGRATIONS).map(({ folderMillis }) => folderMillis))
  const unknown = (await appliedAt(client)).find((time) => !known.has(time))
  if (unknown === undefined) return
  throw new SetupError(
    `${what} was made by another version of Carillon: its migration of ${new Date(unknown).toISOString()} is not ` +
      'known here. Run the version that made it or a newer one, or set another database; nothing was changed.',
  )
}

/** Unix ms of each migration, as its file says. */
async function appliedAt(client: PoolClient): Promise<number[]> {
  const { rows: found } = await client.query<{ there: boolean }>(
    `select to_regclass('carillon_migrations.applied') is not null as there`,
  )
  if (!found[0]?.there) return []
  const { rows } = await client.query<{ time: string }>('select created_at as time from carillon_migrations.applied')
  return rows.map(({ time }) => Number(time))
}

function halfMigrated({ what, empty }: DatabasePlace, found: string, cause?: unknown): SetupError {
  return new SetupError(
    `${what} is not as its record of migrations says (${found}): a migration was applied in part, or by hand. ` +
      `Restore its last backup; or, if nothing in it is needed, ${empty}, and start again.`,
    { cause },
  )
}
