import { rm } from 'node:fs/promises'
import { silentLogger } from '@carillon/testkit'
import { connect, type Services } from 'carillon'
import { afterAll, beforeAll, describe } from 'vitest'
import { newDataDir } from '../services/data-dir.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { freshRedis, hasRedis } from '../services/fresh-redis.ts'

/** What Carillon can stand on. */
export interface Backend {
  /** One more process's view of the same data; the embedded database has room for one only. */
  connectAnother(): Promise<Services>
  services: Services
  redisUrl?: string
  close(): Promise<void>
}

const backends = [
  { name: 'the embedded database and a queue in memory', available: true, open: openEmbedded },
  { name: 'Postgres and Redis', available: hasPostgres && hasRedis, open: openServers },
]

/** Defines the same tests for each backend that this machine has. */
export function onEveryBackend(what: string, define: (current: () => Backend) => void): void {
  for (const { name, available, open } of backends) {
    describe.skipIf(!available)(`${what} on ${name}`, () => {
      let backend: Backend
      beforeAll(async () => {
        backend = await open()
      })
      afterAll(() => backend.close())
      define(() => backend)
    })
  }
}

async function openEmbedded(): Promise<Backend> {
  const dataDir = await newDataDir()
  const services = await connect({ dataDir, log: silentLogger })
  return {
    services,
    connectAnother: async () => services,
    async close() {
      await services.close()
      await rm(dataDir, { recursive: true })
    },
  }
}

export async function openServers(): Promise<Backend> {
  const [database, redis] = [await freshDatabase(), await freshRedis()]
  const opened: Services[] = []
  const connectAnother = async () => {
    const services = await connect({
      databaseUrl: database.url,
      redisUrl: redis.url,
      queuePrefix: redis.prefix,
      log: silentLogger,
    })
    opened.push(services)
    return services
  }
  return {
    services: await connectAnother(),
    connectAnother,
    redisUrl: redis.url,
    async close() {
      await Promise.all(opened.map((services) => services.close()))
      await database.drop()
      await redis.drop()
    },
  }
}
