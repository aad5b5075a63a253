import { readFile } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { exercisePusherStore, silentLogger, waitFor } from '@carillon/testkit'
import { connect, createWorker, type Push } from 'carillon'
import { Pool } from 'pg'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { type Database, usersStore } from '../../examples/foreign-users/users-store.ts'
import { freshDatabase, type FreshDatabase, hasPostgres } from '../services/database.ts'

const schema = await readFile(new URL('../../examples/foreign-users/schema.sql', import.meta.url), 'utf8')

describe('examples/foreign-users on the embedded database', () => {
  const database = new PGlite()
  afterAll(() => database.close())

  exercisePusherStore(async () => {
    await database.exec(schema)
    return usersStore(database)
  })
})

describe.skipIf(!hasPostgres)('examples/foreign-users on Postgres', () => {
  let database: FreshDatabase
  let pool: Pool
  beforeAll(async () => {
    database = await freshDatabase()
    pool = new Pool({ connectionString: database.url })
    await pool.query(schema)
  })
  afterAll(async () => {
    await pool.end()
    await database.drop()
  })

  exercisePusherStore(async () => usersStore(pool))

  it('refuses to search what is not there, by name', async () => {
    const search = usersStore(pool).search(1, 'shoeSize:44', { from: 0, size: 10 })
    await expect(search).rejects.toMatchObject({ code: 'bad_query', message: expect.stringContaining('shoeSize') })
  })

  it('is where a push and a broadcast find whom they are for', async () => {
    await addUsers(pool)
    const rung = await bellOn(database.url, pool)
    await waitFor(() => rung.length === 3)
    expect(rung.map(({ pusher, raw }) => `${pusher.email} ${raw}`).toSorted()).toEqual([
      'ada@example.com to Ada',
      'ada@example.com to all',
      'bob@example.com to all',
    ])
  })
})

async function addUsers(database: Database): Promise<void> {
  const insert = 'insert into users (tenant, login, mail, channels) values (1, $1, $2, $3)'
  await database.query(insert, ['ada', 'ada@example.com', '["bell"]'])
  await database.query(insert, ['bob', 'bob@example.com', '["bell", "other"]'])
  await database.query(insert, ['eve', 'eve@example.com', '["other"]'])
}

/** Pushes to Ada and to all; answers what the sender is given. */
async function bellOn(databaseUrl: string, users: Database): Promise<Push[]> {
  const rung: Push[] = []
  const carillon = await connect({ databaseUrl, pushers: usersStore(users), log: silentLogger })
  onTestFinished(() => carillon.close())
  const bell = { name: 'bell', send: async (push: Push) => void rung.push(push) }
  const worker = await createWorker(carillon, { senders: [bell] })
  onTestFinished(() => worker.stop())
  await carillon.api(1).push('bell', 'ada', 'to Ada')
  await carillon.api(1).pushAll('bell', 'to all')
  return rung
}
