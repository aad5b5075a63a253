import { waitFor } from '@carillon/testkit'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import journal from '../../packages/store/migrations/meta/_journal.json' with { type: 'json' }
import { openServer } from '../../packages/store/open/server.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { hasPgBouncer, pooled } from '../services/pgbouncer.ts'

const MANY = 8
/** As `packages/store/open/migrate.ts` has it. */
const LOCK = 6_001_2016
/** As `packages/store/open/released.ts` has it. */
const MOVING_LOCK = 6_001_2023

const ways = [
  { way: 'straight', available: hasPostgres, through: async (url: string) => url },
  { way: 'through a pooler in transaction mode', available: hasPostgres && hasPgBouncer, through: pooled },
]

describe.each(ways)('many processes that start at once, $way', ({ available, through }) => {
  it.skipIf(!available)(
    'make the tables once, and hold no lock any more',
    async () => {
      const database = await freshDatabase()
      onTestFinished(() => database.drop())
      const url = await through(database.url)
      const start = async () => (await openServer(url)).close()
      for (let again = 0; again < 3; again++) await Promise.all(Array.from({ length: MANY }, start))
      const client = new pg.Client(database.url)
      await client.connect()
      onTestFinished(() => client.end())
      const { rows } = await client.query(`
      select (select count(*)::int from carillon_migrations.applied) as migrations,
        (select count(*)::int from pg_locks where locktype = 'advisory' and database =
          (select oid from pg_database where datname = current_database())) as locks`)
      expect(rows).toEqual([{ migrations: journal.entries.length, locks: 0 }])
    },
    60_000,
  )
})

describe.skipIf(!hasPostgres)('a start that waits for another', () => {
  it('refuses what that one made, if it is of a newer version', async () => {
    const database = await freshDatabase()
    onTestFinished(() => database.drop())
    const newer = new pg.Client(database.url)
    await newer.connect()
    onTestFinished(() => newer.end())
    await newer.query(`begin; select pg_advisory_xact_lock(${LOCK})`)
    const opened = openServer(database.url).catch((error: unknown) => error)
    await waitFor(async () => (await newer.query('select from pg_locks where not granted')).rowCount === 1)
    await newer.query(`
      create schema carillon_migrations;
      create table carillon_migrations.applied (id serial primary key, hash text not null, created_at bigint);
      insert into carillon_migrations.applied (hash, created_at) values ('later', 4102444800000);
      commit`)
    expect(await opened).toMatchObject({ name: 'SetupError', message: expect.stringContaining('a newer version') })
  })

  it('goes on where that one has just moved the last rows of an older release, and dropped their tables', async () => {
    const database = await freshDatabase()
    onTestFinished(() => database.drop())
    await (await openServer(database.url)).close()
    const faster = new pg.Client(database.url)
    await faster.connect()
    onTestFinished(() => faster.end())
    await faster.query(`
      create table carillon.released_pushes (finished_at timestamptz);
      create table carillon.released_delivery_reports ()`)
    await faster.query(`
      begin; select pg_advisory_xact_lock(${MOVING_LOCK});
      drop table carillon.released_pushes; drop table carillon.released_delivery_reports`)
    const opened = openServer(database.url)
    await waitFor(async () => (await faster.query('select from pg_locks where not granted')).rowCount === 1)
    await faster.query('commit')
    await (await opened).close()
  })
})
