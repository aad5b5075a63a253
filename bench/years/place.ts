import { setTimeout as pause } from 'node:timers/promises'
import { EmbeddedBoot } from '@carillon/store/boot'
import pg from 'pg'
import type { Run } from '../people.ts'

/** Where Carillon keeps its rows: options of `connect`. */
export type Place =
  | { databaseUrl: string; redisUrl: string; queuePrefix: string }
  | { dataDir: string; embedded: KeptDatabase }

/** An embedded database that remains when services on it are closed: it takes long to start. */
export class KeptDatabase extends EmbeddedBoot {
  override async close(): Promise<void> {}

  end(): Promise<void> {
    return super.close()
  }
}

/** Runs statements beside Carillon, or on the embedded database, which has room for one connection, instead of it. */
export async function withDatabase<T>(
  place: Pick<Extract<Place, { databaseUrl: string }>, 'databaseUrl'> | Extract<Place, { dataDir: string }>,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const config = 'databaseUrl' in place ? place.databaseUrl : await socketOf(place.embedded)
  const client = await onceFree(async () => {
    const connecting = new pg.Client(config)
    connecting.on('error', () => {}) // who connects gets it
    await connecting.connect()
    return connecting
  })
  try {
    return await work(async <Row>(text: string, values?: unknown[]) => (await client.query(text, values)).rows as Row[])
  } finally {
    await client.end()
  }
}

/** The embedded database notices the end of its only connection a moment later, and refuses others until then. */
export async function onceFree<T>(connecting: () => Promise<T>, tries = 50): Promise<T> {
  try {
    return await connecting()
  } catch (error) {
    if (tries === 1) throw error
    await pause(20)
    return onceFree(connecting, tries - 1)
  }
}

async function socketOf(database: KeptDatabase): Promise<pg.ClientConfig> {
  const { socketFolder, thread } = await database.server()
  thread.setMaxListeners(0) // each of the services that are opened on it listens
  return { host: socketFolder, user: 'postgres', database: 'postgres' }
}
