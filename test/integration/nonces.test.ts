import { randomUUID } from 'node:crypto'
import { signRequest } from '@carillon/client'
import { silentLogger as log } from '@carillon/testkit'
import { connect, createApi, type Services } from 'carillon'
import type { Hono } from 'hono'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { canKillRedis, type KillableRedis, killableRedis } from '../services/fresh-redis.ts'
import { onEveryBackend } from './backends.ts'

const credentials = { key: 'demo', secret: 's3cret' }
const PATH = '/pusher/pushers/'

onEveryBackend('nonces', (current) => {
  const use = (...uses: [app: number, nonce: string, seconds?: number][]) =>
    current().services.store.nonces.use(uses.map(([app, nonce, seconds = 60]) => ({ app, nonce, seconds })))

  it('are used once in each app', async () => {
    const nonce = randomUUID()
    expect(await use([1, nonce], [2, nonce], [1, nonce], [1, `${nonce}"\\`])).toEqual([true, true, false, true])
    expect(await use([2, nonce], [1, nonce], [3, nonce], [1, `${nonce}"\\`])).toEqual([false, false, true, false])
  })

  it('are free again after their time', async () => {
    const nonce = randomUUID()
    expect(await use([1, nonce, -1])).toEqual([true])
    expect(await use([1, nonce], [1, nonce])).toEqual([true, false])
    expect(await use([1, nonce])).toEqual([false])
  })

  it('of many requests at once are used by one of those that have the same', async () => {
    const nonces = Array.from({ length: 50 }, () => randomUUID())
    const all = [...nonces, ...nonces.toReversed(), ...nonces]
    const used = await Promise.all(all.map((nonce) => current().services.nonces.use(1, nonce, 60)))
    expect(used.filter(Boolean)).toHaveLength(nonces.length)
  })
})

describe.skipIf(!hasPostgres || !canKillRedis)('a signed request, at two APIs over one Redis', () => {
  let redis: KillableRedis
  const opened: Services[] = []
  const apis: Hono[] = []
  let drop: () => Promise<void>
  beforeAll(async () => {
    const database = await freshDatabase()
    drop = database.drop
    redis = await killableRedis()
    for (let n = 0; n < 2; n++) {
      const options = { databaseUrl: database.url, redisUrl: redis.url, queuePrefix: redis.prefix, log }
      const services = await connect(options)
      opened.push(services)
      apis.push(await createApi(services, credentials))
    }
  })
  afterAll(async () => {
    for (const services of opened) await services.close()
    await redis?.drop()
    await drop?.()
  })

  const signed = () => signRequest({ ...credentials, method: 'GET', pathAndQuery: PATH, nonce: randomUUID() })
  const answers = async (headers: Record<string, string>) => {
    const responses = await Promise.all(apis.map(async (api) => api.request(PATH, { headers })))
    return responses.map(({ status }) => status).toSorted((a, b) => a - b)
  }

  it('is answered once by one of them', async () => {
    const request = signed()
    expect(await answers(request)).toEqual([200, 401])
    expect(await answers(request)).toEqual([401, 401])
  })

  it('cannot be sent again after Redis forgot everything', async () => {
    const request = signed()
    expect(await answers(request)).toEqual([200, 401])
    const client = new Redis(redis.url)
    await client.flushall()
    client.disconnect()
    expect(await answers(request)).toEqual([401, 401])
  })

  it('is answered while Redis is away, and cannot be sent again when it is back', async () => {
    const before = signed()
    expect(await answers(before)).toEqual([200, 401])
    await redis.kill()
    const meanwhile = signed()
    expect(await answers(meanwhile)).toEqual([200, 401])
    await redis.restart()
    for (const services of opened) await expect.poll(() => services.ready().then(() => 'ready')).toBe('ready')
    for (const request of [before, meanwhile]) expect(await answers(request)).toEqual([401, 401])
  })
})
