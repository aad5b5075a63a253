import { rm } from 'node:fs/promises'
import type { Pool } from 'pg'
import type { PusherStore } from '@carillon/contract'
import { type Database, database } from '../../packages/store/database.ts'
import { EmbeddedBoot } from '../../packages/store/embedded/boot.ts'
import { openEmbedded } from '../../packages/store/embedded/embedded.ts'
import { openServer } from '../../packages/store/open/server.ts'
import { pusherStore } from '../../packages/store/pushers.ts'
import { newDataDir } from '../services/data-dir.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'

export interface OpenStore {
  store: PusherStore
  db: Database
  close(): Promise<void>
}

/** The stores for recipients. The same tests hold for both. */
export const stores = [
  { name: 'the embedded database', available: true, open: openInFolder },
  { name: 'Postgres', available: hasPostgres, open: openOnServer },
]

async function openInFolder(): Promise<OpenStore> {
  const dataDir = await newDataDir()
  const { pool, close } = await openEmbedded(new EmbeddedBoot(dataDir))
  return openOn(pool, async () => {
    await close()
    await rm(dataDir, { recursive: true })
  })
}

async function openOnServer(): Promise<OpenStore> {
  const { url, drop } = await freshDatabase()
  const { pool, close } = await openServer(url)
  return openOn(pool, async () => {
    await close()
    await drop()
  })
}

function openOn(pool: Pool, close: () => Promise<void>): OpenStore {
  const db = database(pool)
  return { db, store: pusherStore(db), close }
}
