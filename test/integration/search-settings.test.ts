import { sql } from 'drizzle-orm'
import { Pool } from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { database } from '../../packages/store/database.ts'
import { inSearch } from '../../packages/store/search/find.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'

// Postgres on macOS cannot read ahead before version 18, and refuses to be set to
describe.skipIf(!hasPostgres || process.platform === 'darwin')('a search', () => {
  it.each([
    ['many pages at once', 2, 64],
    ['as many as the server is set to, where that is more', 200, 200],
    ['one by one where the server may not be able to do more', 0, 0],
  ])('reads %s', async (_, set, used) => {
    const { url, drop } = await freshDatabase()
    const pool = new Pool({ connectionString: url, max: 1 })
    onTestFinished(async () => {
      await pool.end()
      await drop()
    })
    await pool.query(`set effective_io_concurrency = ${set}`)
    const ahead = sql`select current_setting('effective_io_concurrency')::int as ahead`
    const { rows } = await inSearch(database(pool), (tx) => tx.execute(ahead))
    expect(rows).toEqual([{ ahead: used }])
    expect((await database(pool).execute(ahead)).rows).toEqual([{ ahead: set }])
  })
})
