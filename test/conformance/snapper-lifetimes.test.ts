import { redisQueues } from '@carillon/redis'
import type { SnapperQueues } from '@carillon/contract'
import { openStore } from '@carillon/store'
import { Redis } from 'ioredis'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { freshRedis, hasRedis } from '../services/fresh-redis.ts'

const key = { app: 1, id: 't.consumer' }
const publish = (queues: SnapperQueues, message: string) => queues.publish(1, [{ room: 'room', message }])

describe.skipIf(!hasPostgres)('what has expired on Postgres', () => {
  async function start() {
    const database = await freshDatabase()
    const store = await openStore({ databaseUrl: database.url, dataDir: '', onError() {} })
    const client = new pg.Client({ connectionString: database.url })
    await client.connect()
    onTestFinished(async () => {
      await client.end()
      await store.close()
      await database.drop()
    })
    const expire = (table: 'queues' | 'rooms') =>
      client.query(`update carillon.snapper_${table} set expires_at = now() - interval '1 second'`)
    const tables = ['queues', 'messages', 'rooms', 'members']
    const counts = tables.map((table) => `(select count(*)::int from carillon.snapper_${table})`)
    const rows = async () =>
      (await client.query<{ rows: number[] }>(`select array[${counts.join()}] as rows`)).rows[0]!.rows
    const secondsLeft = async (table: string) => {
      const query = `select extract(epoch from max(expires_at) - now())::int as left from carillon.snapper_${table}`
      return (await client.query<{ left: number }>(query)).rows[0]!.left
    }
    return { queues: store.snapperQueues, expire, rows, secondsLeft }
  }

  it('is not there, and a new queue is empty', async () => {
    const { queues, expire } = await start()
    await queues.open(key, 'room')
    await publish(queues, '1')
    await queues.claim(key)
    await expire('queues')
    expect(await queues.claim(key)).toBeNull()
    expect(await publish(queues, '2')).toEqual({ reached: [], dropped: 0 })
    await queues.open(key, 'room')
    expect(await queues.claim(key)).toBeNull()
    await publish(queues, '3')
    expect((await queues.claim(key))?.messages).toEqual(['3'])
  })

  it('has no members', async () => {
    const { queues, expire } = await start()
    await queues.open(key, 'room')
    await expire('rooms')
    expect(await publish(queues, '1')).toEqual({ reached: [], dropped: 0 })
    expect(await queues.leave(1, 'room', key.id)).toBe(false)
    await queues.open(key, 'room')
    await expire('rooms')
    expect(await queues.join(1, 'room', 't.other')).toBe(true)
    expect(await queues.leave(1, 'room', key.id)).toBe(false)
  })

  it('is swept, with all that was in it', async () => {
    const { queues, expire, rows } = await start()
    await queues.open(key, 'room')
    await publish(queues, '1')
    await queues.removeExpired()
    expect(await rows()).toEqual([1, 1, 1, 1])
    await expire('queues')
    await expire('rooms')
    await queues.removeExpired()
    expect(await rows()).toEqual([0, 0, 0, 0])
  })

  it('lived for as long as it should', async () => {
    const { queues, secondsLeft } = await start()
    await queues.open(key, 'room')
    expect([await secondsLeft('queues'), await secondsLeft('rooms')].map(near)).toEqual([86_400, 129_600])
    await publish(queues, '1')
    await queues.abandon(key)
    expect([await secondsLeft('queues'), await secondsLeft('rooms')].map(near)).toEqual([300, 172_800])
    await queues.open(key, 'room')
    expect([await secondsLeft('queues'), await secondsLeft('rooms')].map(near)).toEqual([86_400, 172_800])
  })
})

describe.skipIf(!hasRedis)('what will expire in Redis', () => {
  it('lives for as long as it should', async () => {
    const fresh = await freshRedis()
    const queues = await redisQueues({ ...fresh, onError() {} })
    const redis = new Redis(fresh.url)
    onTestFinished(async () => {
      redis.disconnect()
      queues.close()
      await fresh.drop()
    })
    const left = async (name: string) => near(await redis.ttl(`${fresh.prefix}:snapper:${name}`))
    const all = () => Promise.all(['q:1:t.consumer', 'm:1:t.consumer', 'r:1:room'].map(left))
    await queues.open(key, 'room')
    await publish(queues, '1')
    expect(await all()).toEqual([86_400, 86_400, 172_800])
    await queues.abandon(key)
    expect(await all()).toEqual([300, 300, 172_800])
    await queues.open(key, 'room')
    expect(await all()).toEqual([86_400, 86_400, 172_800])
    await redis.del(`${fresh.prefix}:snapper:q:1:t.consumer`)
    await publish(queues, '2')
    expect(await redis.zscore(`${fresh.prefix}:snapper:r:1:room`, key.id)).not.toBeNull()
    await redis.zadd(`${fresh.prefix}:snapper:r:1:room`, 1, key.id)
    await publish(queues, '3')
    expect(await redis.zscore(`${fresh.prefix}:snapper:r:1:room`, key.id)).toBeNull()
  })
})

/** A minute more or less is how long a test may take. */
function near(seconds: number): number {
  return Math.ceil(seconds / 60) * 60
}
