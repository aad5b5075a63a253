import { rm } from 'node:fs/promises'
import { sql } from 'drizzle-orm'
import { Pool } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { database } from '../../packages/store/database.ts'
import { EmbeddedBoot } from '../../packages/store/embedded/boot.ts'
import { openEmbedded } from '../../packages/store/embedded/embedded.ts'
import { newDataDir } from '../services/data-dir.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'

const REFUSED = sql`select 1 / 0`

describe.skipIf(!hasPostgres)('a connection to a server', () => {
  async function open() {
    const server = await freshDatabase()
    const pool = new Pool({ connectionString: server.url, max: 1 })
    pool.on('error', () => {}) // what the server ends while it is idle
    onTestFinished(() => pool.end().then(() => server.drop()))
    const db = database(pool)
    const process = async () => (await db.execute<{ pid: number }>(sql`select pg_backend_pid() as pid`)).rows[0]!.pid
    return { db, process }
  }

  it('is kept after a statement that was refused', async () => {
    const { db, process } = await open()
    const before = await process()
    await expect(db.execute(REFUSED)).rejects.toMatchObject({ cause: { code: '22012' } })
    expect(await process()).toBe(before)
  })

  it('is not kept after the server has ended it', async () => {
    const { db, process } = await open()
    const before = await process()
    const ended = db.execute(sql`select pg_terminate_backend(pg_backend_pid())`)
    await expect(ended).rejects.toMatchObject({ cause: { code: '57P01' } })
    expect(await process()).not.toBe(before)
  })
})

describe('the connection to the embedded database', () => {
  it('is kept after a statement that was refused, as the next might come before its end was noticed', async () => {
    const dataDir = await newDataDir()
    const { pool, close } = await openEmbedded(new EmbeddedBoot(dataDir))
    onTestFinished(() => close().then(() => rm(dataDir, { recursive: true })))
    const db = database(pool)
    await db.execute(sql`prepare kept as select 1`)
    await expect(db.execute(REFUSED)).rejects.toMatchObject({ cause: { code: '22012' } })
    expect((await db.execute(sql`select name from pg_prepared_statements`)).rows).toEqual([{ name: 'kept' }])
  })
})
