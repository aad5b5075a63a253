import type { App } from '@carillon/contract'
import { onTestFinished } from 'vitest'
import { addressOf, type Carillon, carillon } from './carillon.ts'
import { freshDatabase } from './database.ts'
import { freshRedis } from './fresh-redis.ts'
import { appWith } from './realtime.ts'

export interface Process {
  process: Carillon
  /** Where it listens; a worker does on its METRICS_PORT. */
  url: string
  port: number
}

/** Roles in processes of their own, on one Postgres and one Redis. */
export interface Installation {
  databaseUrl: string
  /** The first app. */
  app: App
  run(role: 'api' | 'realtime' | 'worker', env?: Record<string, string>): Promise<Process>
}

const app = appWith({}, { id: 1, key: 'demo', secrets: [{ id: 1, secret: 's3cret-of-the-demo', createdAt: 0 }] })
export const admin = { account: 'admin', password: 'the-password' }

export async function installation(): Promise<Installation> {
  const [database, redis] = [await freshDatabase(), await freshRedis()]
  onTestFinished(async () => {
    await database.drop()
    await redis.drop()
  })
  const env = {
    DATABASE_URL: database.url,
    REDIS_URL: redis.url,
    QUEUE_PREFIX: redis.prefix,
    APP_KEY: app.key,
    APP_SECRET: app.secrets[0]!.secret,
    ADMIN_ACCOUNT: admin.account,
    ADMIN_PASSWORD: admin.password,
    PORT: '0',
    METRICS_PORT: '0',
  }
  return {
    databaseUrl: database.url,
    app,
    async run(role, own = {}) {
      const started = await carillon([role], { ...env, ...own })
      const url = await addressOf(started)
      return { process: started, url, port: Number(new URL(url).port) }
    },
  }
}
