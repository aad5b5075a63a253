import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { openServer } from '../../packages/store/open/server.ts'
import { type Carillon, carillon, emptyFolder } from '../services/carillon.ts'
import { freshDatabase, hasPostgres, query } from '../services/database.ts'
import { canKillRedis, freshRedis, hasRedis, killableRedis } from '../services/fresh-redis.ts'
import { freePort } from '../services/place.ts'

const slow = 120_000

/** It ends by itself, in failure, with one sentence and no more, but for the line of a start that takes long. */
async function saysAndEnds(process: Carillon, sentence: RegExp): Promise<void> {
  expect(await process.exit()).toBe(1)
  const lines = process.said().trim().split('\n')
  expect(lines.filter((line) => !line.includes('Starting ...'))).toEqual([expect.stringMatching(sentence)])
  expect(process.said()).not.toContain('hush')
}

async function ownDatabase(): Promise<string> {
  const database = await freshDatabase()
  onTestFinished(() => database.drop())
  return database.url
}

async function migrated(): Promise<string> {
  const url = await ownDatabase()
  await (await openServer(url)).close()
  return url
}

/** Listens, and never answers. */
async function silentServer(): Promise<number> {
  const server = createServer(() => {})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return (server.address() as { port: number }).port
}

const key = { APP_KEY: 'k', APP_SECRET: 's' }
const nowhere = { DATABASE_URL: 'postgres://u:hush@127.0.0.1:1/x' }

describe('a Redis that is not there', () => {
  it.each(['start', 'api', 'worker'])(
    'stops %s with a sentence',
    async (role) => {
      const url = `redis://:hush@127.0.0.1:${await freePort()}`
      const env = { ...key, REDIS_URL: url, PORT: '0', ...(role !== 'start' && nowhere) }
      const sentence = /^Redis cannot be reached at 127\.0\.0\.1:\d+ \(ECONNREFUSED\): start it, or correct REDIS_URL/
      await saysAndEnds(await carillon([role], env), sentence)
    },
    slow,
  )

  it(
    'but something that says nothing is told too',
    async () => {
      const env = { ...key, ...nowhere, REDIS_URL: `redis://:hush@127.0.0.1:${await silentServer()}` }
      await saysAndEnds(await carillon(['worker'], env), /^Redis cannot be reached at 127\.0\.0\.1:\d+ \(it does not/)
    },
    slow,
  )

  it.skipIf(!canKillRedis)(
    'or refuses the password, or has no such number',
    async () => {
      const redis = await killableRedis()
      onTestFinished(() => redis.drop())
      const refused = { ...key, ...nowhere, REDIS_URL: redis.url.replace('://', '://some:hush@') }
      await saysAndEnds(await carillon(['worker'], refused), /^Redis at \S+ refuses the user or the password of REDIS_/)
      const numbered = { ...key, ...nowhere, REDIS_URL: `${redis.url}/99` }
      await saysAndEnds(await carillon(['worker'], numbered), /^Redis at \S+ does not have this database number/)
    },
    slow,
  )
})

describe('a Postgres that is not there', () => {
  it.skipIf(!hasRedis)(
    'stops a role with a sentence',
    async () => {
      const redis = await freshRedis()
      onTestFinished(() => redis.drop())
      const env = { ...key, ...nowhere, REDIS_URL: redis.url, PORT: '0' }
      for (const role of ['api', 'worker'])
        await saysAndEnds(await carillon([role], env), /^Postgres cannot be reached at 127\.0\.0\.1:1 \(ECONNREFUSED\)/)
    },
    slow,
  )

  it(
    'but something that says nothing is told too',
    async () => {
      const env = { DATABASE_URL: `postgres://u:hush@127.0.0.1:${await silentServer()}/x` }
      await saysAndEnds(await carillon(['migrate'], env), /^Postgres cannot be reached at \S+ \(it does not answer\)/)
    },
    slow,
  )

  it.skipIf(!hasPostgres)(
    'or has no such user or database',
    async () => {
      const url = new URL(await ownDatabase())
      url.pathname = '/nothing'
      const absent = /^Postgres at \S+ has no database nothing: create it, or set DATABASE_URL/
      await saysAndEnds(await carillon(['migrate'], { DATABASE_URL: url.href }), absent)
      Object.assign(url, { username: 'nobody', password: 'hush' })
      const refused = /^Postgres at \S+ refuses the user nobody, or its password: correct DATABASE_URL/
      await saysAndEnds(await carillon(['migrate'], { DATABASE_URL: url.href }), refused)
    },
    slow,
  )
})

describe.skipIf(!hasPostgres)('a database of a development version', () => {
  it.each([
    ['with an older migration', `update carillon_migrations.applied set created_at = created_at - 1 where id = 1`],
    ['with another text of one', `update carillon_migrations.applied set hash = 'other' where id = 1`],
  ])(
    '%s is told, and left as it is',
    async (_, change) => {
      const url = await migrated()
      await query(url, change)
      const error = await openServer(url).catch((caught: Error) => caught)
      const sentence =
        /^The database \S+ of \S+ was made by a development version from before the first release: its migration of 20\S+Z has since been replaced, .* drop its schemas/
      expect(error).toMatchObject({ name: 'SetupError', message: expect.stringMatching(sentence) as string })
    },
    slow,
  )

  it(
    'whose record lacks a migration that later ones followed is not taken for whole',
    async () => {
      const url = await migrated()
      await query(url, 'delete from carillon_migrations.applied where id = 1')
      await expect(openServer(url)).rejects.toThrow('an older migration is missing')
    },
    slow,
  )
})

describe.skipIf(!hasPostgres)('a migration that is not what its record says', () => {
  it.each([
    ['has lost its record', 'drop schema carillon_migrations cascade', 'schema "carillon" already exists'],
    ['has lost a table', 'drop table carillon.leases', 'leases missing'],
    ['has lost a column', 'alter table carillon.pushes drop column lease_until', 'pushes.lease_until missing'],
    ['has lost everything but its record', 'drop schema carillon cascade', 'missing'],
  ])(
    'stops the start: a database that %s',
    async (_, damage, found) => {
      const url = await migrated()
      await query(url, damage)
      const sentence = /^The database \S+ of \S+ does not match its record .* Restore the last backup/
      const error = await openServer(url).catch((caught: Error) => caught)
      expect(error).toMatchObject({ name: 'SetupError', message: expect.stringMatching(sentence) as string })
      expect(error).toMatchObject({ message: expect.stringContaining(found) as string })
    },
    slow,
  )

  it(
    'stops the start: a database of a newer version',
    async () => {
      const env = { DATABASE_URL: await migrated() }
      await query(
        env.DATABASE_URL,
        `insert into carillon_migrations.applied (hash, created_at) values ('later', 4102444800000)`,
      )
      const sentence =
        /made by a newer version of Carillon: its migration of 2100-01-01T00:00:00.000Z is unknown to this version/
      await saysAndEnds(await carillon(['migrate'], env), sentence)
    },
    slow,
  )
})

it(
  'a port that is taken is told before anything else is begun',
  async () => {
    const [port, folder] = [await silentServer(), await emptyFolder()]
    const dataDir = join(folder, 'data')
    const started = await carillon(['start', '--port', String(port), '--data-dir', dataDir])
    await saysAndEnds(
      started,
      /^Port \d+ of 127\.0\.0\.1 is in use: stop the program that listens there, or set PORT to another port\./,
    )
    expect(existsSync(dataDir)).toBe(false)
  },
  slow,
)
