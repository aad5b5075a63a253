import { rm } from 'node:fs/promises'
import { redisQueues } from '@carillon/redis'
import { openStore } from '@carillon/store'
import { describe } from 'vitest'
import { newDataDir } from '../services/data-dir.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { freshRedis, hasRedis } from '../services/fresh-redis.ts'
import { exerciseSnapperQueues } from './exercise-snapper-queues.ts'

describe('on the embedded database', () => {
  exerciseSnapperQueues(async () => {
    const dataDir = await newDataDir()
    const store = await openStore({ dataDir, onError() {} })
    return {
      queues: store.snapperQueues,
      async close() {
        await store.close()
        await rm(dataDir, { recursive: true })
      },
    }
  })
})

describe.skipIf(!hasPostgres)('on Postgres', () => {
  exerciseSnapperQueues(async () => {
    const database = await freshDatabase()
    const store = await openStore({ databaseUrl: database.url, dataDir: '', onError() {} })
    return {
      queues: store.snapperQueues,
      async close() {
        await store.close()
        await database.drop()
      },
    }
  })
})

describe.skipIf(!hasRedis).each([
  ['', {}],
  [', a little in each step', { mostAtOnce: 4 }],
])('on Redis%s', (_, options) => {
  exerciseSnapperQueues(async () => {
    const redis = await freshRedis()
    const queues = await redisQueues({ ...redis, ...options, onError() {} })
    return {
      queues,
      async close() {
        queues.close()
        await redis.drop()
      },
    }
  })
})
