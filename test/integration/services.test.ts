import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import pg from 'pg'
import { describe, expect, inject, it, vi } from 'vitest'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { canKillRedis, freshRedis, hasRedis, killableRedis } from '../services/fresh-redis.ts'

/** What the other tests stand on. */
describe.skipIf(!hasPostgres)('a fresh database', () => {
  it('is empty and not shared', async () => {
    const [one, other] = await Promise.all([freshDatabase(), freshDatabase()])
    await query(one.url, 'create table t (id int)')
    expect(await tables(one.url)).toEqual(['t'])
    expect(await tables(other.url)).toEqual([])
    await Promise.all([one.drop(), other.drop()])
  })

  it('is dropped with a connection still open', async () => {
    const database = await freshDatabase()
    const client = new pg.Client(database.url)
    const errors: Error[] = []
    client.on('error', (error) => errors.push(error))
    await client.connect()
    await database.drop()
    await vi.waitFor(() => expect(errors).not.toEqual([]))
    await expect(query(database.url, 'select 1')).rejects.toThrow('does not exist')
  })
})

describe.skipIf(!hasRedis)('a fresh Redis', () => {
  it('shows no key of another test', async () => {
    const [one, other] = await Promise.all([freshRedis(), freshRedis()])
    await write(one.url, `${one.prefix}key`)
    expect(await keys(one)).toEqual([`${one.prefix}key`])
    expect(await keys(other)).toEqual([])
    await Promise.all([one.drop(), other.drop()])
  })
})

describe.skipIf(!canKillRedis)('a Redis to kill', () => {
  it('is empty on the same URL after it was killed', async () => {
    const redis = await killableRedis()
    await write(redis.url, `${redis.prefix}key`)
    await redis.kill()
    await expect(keys(redis)).rejects.toThrow('Connection is closed')
    await redis.restart()
    expect(await keys(redis)).toEqual([])
    await redis.drop()
  })

  it('does not outlive the process that started it, not even when that is killed', async () => {
    const owner = spawn(process.execPath, [
      join(import.meta.dirname, '../fixtures/processes/owns-redis.ts'),
      inject('redisProgram') ?? '',
    ])
    const [line] = await once(owner.stdout, 'data')
    const url = String(line).trim()
    await write(url, 'key')
    owner.kill('SIGKILL')
    await vi.waitFor(() => expect(write(url, 'key')).rejects.toThrow('Connection is closed'), 5000)
  })
})

async function tables(url: string) {
  const { rows } = await query(url, "select tablename from pg_tables where schemaname = 'public'")
  return rows.map((row: { tablename: string }) => row.tablename)
}

async function query(url: string, statement: string) {
  const client = new pg.Client(url)
  await client.connect()
  try {
    return await client.query(statement)
  } finally {
    await client.end()
  }
}

function write(url: string, key: string) {
  return withRedis(url, (redis) => redis.set(key, 'value'))
}

function keys({ url, prefix }: { url: string; prefix: string }) {
  return withRedis(url, (redis) => redis.keys(`${prefix}*`))
}

async function withRedis<T>(url: string, use: (redis: Redis) => Promise<T>) {
  const redis = new Redis(url, { lazyConnect: true, retryStrategy: () => null })
  redis.on('error', () => {})
  try {
    await redis.connect()
    return await use(redis)
  } finally {
    redis.disconnect()
  }
}
