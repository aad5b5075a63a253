import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStore, type Store } from '@carillon/store'
import { freshDatabase, hasPostgres } from '../services/database.ts'

export interface OpenStore {
  store: Store
  close(): Promise<void>
}

/** Where recipients can be kept; what is said of one holds for both. */
export const stores = [
  { name: 'the embedded database', available: true, open: openEmbedded },
  { name: 'Postgres', available: hasPostgres, open: openServer },
]

const onError = (error: Error) => {
  throw error
}

async function openEmbedded(): Promise<OpenStore> {
  const dataDir = await mkdtemp(join(tmpdir(), 'carillon-'))
  const store = await openStore({ dataDir, onError })
  return {
    store,
    async close() {
      await store.close()
      await rm(dataDir, { recursive: true })
    },
  }
}

async function openServer(): Promise<OpenStore> {
  const database = await freshDatabase()
  const store = await openStore({ databaseUrl: database.url, dataDir: '', onError })
  return {
    store,
    async close() {
      await store.close()
      await database.drop()
    },
  }
}
