import { silentLogger } from '@carillon/testkit'
import { connect } from 'carillon'
import { describe, expect, it, onTestFinished } from 'vitest'
import { broadcastRepository } from '../../packages/store/broadcasts/broadcasts.ts'
import { database } from '../../packages/store/database.ts'
import { freshDatabase, hasPostgres, oneConnection, query } from '../services/database.ts'

const DONE = 5000

describe.skipIf(!hasPostgres)('the pages of a large broadcast', () => {
  it('are not read any more once they are done, whoever claims the next', async () => {
    const { url, drop } = await freshDatabase()
    const services = await connect({ databaseUrl: url, log: silentLogger })
    onTestFinished(async () => {
      await services.close()
      await drop()
    })
    const pool = oneConnection(url)
    const { id } = await services.store.broadcasts.create({
      app: 1,
      sender: 's',
      name: 'n',
      data: '',
      tag: '',
      schedat: 0,
    })
    const insert = 'insert into carillon.broadcast_pages (broadcast_id, pushers, size, lease_until, done)'
    await query(
      url,
      `${insert} select ${id}, '{}', 500, now() - n * interval '1 second', true from generate_series(1, ${DONE}) as n`,
      `${insert} values (${id}, '{p1}', 1, now() - interval '1 second', false)`,
      'vacuum analyze carillon.broadcast_pages',
    )
    const broadcasts = broadcastRepository(database(pool))
    await pool.query('begin')
    await broadcasts.idle(0)
    await broadcasts.running(id)
    expect(await broadcasts.reclaimPage(id, 60)).toMatchObject({ pushers: ['p1'] })
    const { rows } = await pool.query<{ read: string }>(`
      select seq_tup_read + idx_tup_fetch as read from pg_stat_xact_user_tables
      where relname = 'broadcast_pages'`)
    await pool.query('commit')
    expect(Number(rows[0]!.read)).toBeLessThan(DONE / 100)
  })
})
