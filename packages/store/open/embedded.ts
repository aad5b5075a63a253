import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Pool } from 'pg'
import { type EmbeddedPostgres, startEmbedded } from '../embedded/embedded.ts'
import { embeddedPlace } from './database-place.ts'
import { diskFull, isDiskFull, requireRoom } from './disk.ts'
import { migrate } from './migrate.ts'

/**
 * Opens the embedded Postgres of a data directory and brings its tables up to date.
 * @throws SetupError, or DataDirInUse when another process owns the directory.
 */
export async function openEmbedded(dataDir: string): Promise<EmbeddedPostgres> {
  const home = resolve(dataDir)
  try {
    // Recipients and messages are nobody else's business on this machine.
    await mkdir(resolve(home, 'postgres'), { recursive: true, mode: 0o700 })
    await requireRoom(home)
    return await ready(await startEmbedded(home), resolve(home, 'postgres'))
  } catch (error) {
    throw isDiskFull(error) ? diskFull(home, error) : error
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
