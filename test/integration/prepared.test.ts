import { rm } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import { Pool } from 'pg'
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { database } from '../../packages/store/database.ts'
import { EmbeddedBoot } from '../../packages/store/embedded/boot.ts'
import { openEmbedded } from '../../packages/store/embedded/embedded.ts'
import { statement } from '../../packages/store/statement.ts'
import { newDataDir } from '../services/data-dir.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'

const twice = statement<{ number: number }, { twice: number }>('twice', (give) => {
  return sql`select ${give('number')}::int + ${give('number')}::int as twice`
})

describe.skipIf(!hasPostgres)('a statement with a name', () => {
  let server: { url: string; drop(): Promise<void> }
  let pool: Pool

  beforeAll(async () => {
    server = await freshDatabase()
  })
  beforeEach(() => {
    pool = new Pool({ connectionString: server.url, max: 1 })
    return () => pool.end()
  })
  afterAll(() => server.drop())

  const prepared = async () => (await pool.query<{ name: string; runs: string }>(PREPARED)).rows

  it('is parsed once by its connection', async () => {
    const db = database(pool)
    for (const number of [1, 2, 3]) expect((await twice(db, { number })).rows).toEqual([{ twice: 2 * number }])
    expect(await prepared()).toEqual([{ name: expect.stringMatching(/^twice_[0-9a-f]{8}$/), runs: '3' }])
  })

  it('has another name where its text is another', async () => {
    const other = statement<{ number: number }, { twice: number }>('twice', (give) => {
      return sql`select ${give('number')}::int * 2 as twice`
    })
    const db = database(pool)
    for (const ask of [twice, other]) expect((await ask(db, { number: 2 })).rows).toEqual([{ twice: 4 }])
    expect(await prepared()).toHaveLength(2)
  })

  it('is answered where a pooler has changed the connection to one that does not know it', async () => {
    const db = database(pool)
    await twice(db, { number: 1 })
    await pool.query('deallocate all')
    for (const number of [2, 3]) expect((await twice(db, { number })).rows).toEqual([{ twice: 2 * number }])
    expect(await prepared()).toEqual([])
  })

  it('is answered where a pooler has changed the connection to one that knows it from others', async () => {
    await twice(database(pool), { number: 1 })
    const [known] = await prepared()
    const changed = new Pool({ connectionString: server.url, max: 1 })
    await changed.query(`prepare ${known!.name} as select 0 as twice`)
    expect((await twice(database(changed), { number: 2 })).rows).toEqual([{ twice: 4 }])
    await changed.end()
  })

  it('is planned anew, since a table may have grown', async () => {
    for (const set of ['create table grown (id bigint primary key)', 'vacuum analyze grown']) await pool.query(set)
    const find = statement<{ ids: number[] }, { id: string }>('find', (give) => {
      return sql`select id from grown where id = any(${give('ids', 'bigint[]')})`
    })
    const db = database(pool)
    const ask = () => find(db, { ids: [1, 2] })
    const name = await ask().then(async () => (await prepared())[0]!.name)
    const plan = async () => JSON.stringify((await pool.query(`explain execute ${name}('{1,2}')`)).rows)
    for (let asked = 0; asked < 10; asked++) await ask()
    expect(await plan()).toContain('Seq Scan')
    await pool.query('insert into grown select generate_series(1, 20000)')
    await ask()
    expect(await plan()).toMatch(/Index (Only )?Scan/)
  })

  it('is given lists of whatever an array may hold', async () => {
    const lists = {
      texts: ['', ' a ', 'NULL', 'null', '{a,b}', 'a"b', 'a\\b', '"\\"\\', 'Ünï\n𝄞', null],
      numbers: [1, 2.5, -3e-7, null],
      truths: [true, false, null],
      none: [],
    }
    const echo = statement<typeof lists, typeof lists>('echo', (give) => {
      return sql`select ${give('texts', 'text[]')} as texts, ${give('numbers', 'float8[]')} as numbers,
        ${give('truths', 'bool[]')} as truths, ${give('none', 'text[]')} as none`
    })
    expect((await echo(database(pool), lists)).rows).toEqual([lists])
  })

  it('fails with what the server says of it', async () => {
    await expect(twice(database(pool), { number: 2 ** 31 })).rejects.toMatchObject({ code: '22003' })
  })
})

const PREPARED = 'select name, generic_plans + custom_plans as runs from pg_prepared_statements'

describe('a statement with a name, on the embedded database', () => {
  it('is prepared again by the next connection', async () => {
    const dataDir = await newDataDir()
    const { pool, close } = await openEmbedded(new EmbeddedBoot(dataDir))
    const db = database(pool)
    await twice(db, { number: 1 })
    const client = await pool.connect()
    client.release(true)
    await vi.waitFor(() => pool.query('select 1'), 10_000) // refused until the other's end is noticed
    await twice(db, { number: 2 })
    expect((await pool.query(PREPARED)).rows).toEqual([{ name: expect.stringMatching(/^twice_/), runs: '1' }])
    await close()
    await rm(dataDir, { recursive: true })
  })
})
