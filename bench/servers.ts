import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { findPostgres } from '../test/services/postgres.ts'
import { installMissing, postgres as postgresProgram, redis as redisProgram } from '../test/services/programs.ts'
import { findRedis } from '../test/services/redis.ts'

/** A database and a prefix of Redis keys that nothing else uses; also the options of `connect`. */
export interface Servers {
  databaseUrl: string
  redisUrl: string
  queuePrefix: string
  /** Pushers `p1` and so on of app 1, with this sender. */
  addPushers(count: number, sender: string): Promise<void>
  /** Gives each pusher one address of FCM. */
  addPhones(): Promise<void>
  stop(): Promise<void>
}

/** Those of TEST_DATABASE_URL and REDIS_URL, else servers of its own. @throws Error where there are none. */
export async function startServers(): Promise<Servers> {
  installMissing([postgresProgram, redisProgram])
  const [postgres, redis] = [await findPostgres({ durable: true }), await findRedis()]
  if (!postgres || !redis) throw new Error('Set TEST_DATABASE_URL and REDIS_URL, or install postgresql and redis.')
  const name = `bench_${randomBytes(6).toString('hex')}`
  await query(postgres.url, `create database ${name}`)
  const url = new URL(postgres.url)
  url.pathname = name
  return {
    databaseUrl: url.href,
    redisUrl: redis.url,
    queuePrefix: name,
    async addPushers(count, sender) {
      await query(url.href, addPushers, [count, sender])
      await query(url.href, 'analyze carillon.pushers') // as Postgres does by itself within a minute
    },
    async addPhones() {
      await query(url.href, addPhones)
      await query(url.href, 'analyze carillon.addresses')
    },
    async stop() {
      await query(postgres.url, `drop database ${name} with (force)`)
      await Promise.all([postgres.stop(), redis.stop()])
    },
  }
}

const addPushers = `
  insert into carillon.pushers (app_id, id, created_at, email, senders)
  select 1, 'p' || n, 0, 'p' || n || '@example.com', array[$2::text] from generate_series(1, $1::int) as n`

/** Tokens are as long as those of FCM. */
const addPhones = `
  insert into carillon.addresses (app_id, pusher, kind, token, token_hash)
  select app_id, id, 'fcm', id || ':' || repeat(md5(id), 4), md5(id) from carillon.pushers`

async function query(url: string, statement: string, values: unknown[] = []): Promise<void> {
  const client = new pg.Client(url)
  await client.connect()
  try {
    await client.query(statement, values)
  } finally {
    await client.end()
  }
}
