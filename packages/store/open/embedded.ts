import { join } from 'node:path'
import type { Pool } from 'pg'
import type { EmbeddedBoot } from '../embedded/boot.ts'
import { type EmbeddedPostgres, embeddedPostgres } from '../embedded/embedded.ts'
import { damaged } from '../embedded/damage.ts'
import { embeddedPlace } from './database-place.ts'
import { diskFull, isDiskFull } from './disk.ts'
import { migrate } from './migrate.ts'
import { rootCause } from './root-cause.ts'

/** A file of the database is missing, or does not hold what it should. */
const DAMAGE = /^(?:58P01|58030|XX00[12])$/

/**
 * Opens the embedded Postgres that boots, and brings its tables up to date.
 * @throws SetupError: the directory is another process's, or the database is damaged.
 */
export async function openEmbedded(boot: EmbeddedBoot): Promise<EmbeddedPostgres> {
  try {
    return await ready(await embeddedPostgres(boot), join(boot.dataDir, 'postgres'))
  } catch (error) {
    if (isDiskFull(error)) throw diskFull(boot.dataDir, error)
    const { code = '', message = code } = rootCause(error)
    throw DAMAGE.test(code) ? damaged(join(boot.dataDir, 'postgres'), message, error) : error
  }
}

async function ready(embedded: EmbeddedPostgres, folder: string): Promise<EmbeddedPostgres> {
  try {
    await migrate(embedded.pool, embeddedPlace(folder))
    await endLeases(embedded.pool)
    return embedded
  } catch (error) {
    await embedded.close()
    throw error
  }
}

/** The embedded database has one process: what it finds leased was left by its predecessor. */
async function endLeases(pool: Pool): Promise<void> {
  await pool.query(`
    update carillon.pushes set lease_until = now() where finished_at is null and lease_until is not null;
    update carillon.broadcast_pages set lease_until = now() where not done;
    delete from carillon.leases;
    delete from carillon.workers`)
}
