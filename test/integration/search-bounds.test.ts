import { silentLogger, waitFor } from '@carillon/testkit'
import { connect } from 'carillon'
import { describe, expect, it, onTestFinished } from 'vitest'
import { database } from '../../packages/store/database.ts'
import { pusherStore } from '../../packages/store/pushers.ts'
import { vectorText } from '../../packages/store/search/words.ts'
import { freshDatabase, hasPostgres, oneConnection } from '../services/database.ts'

const MANY = 30_000
/** One in so many is called mia: not so many that a walk is better anyway. */
const EACH = 8
/** More than the first probe reads, and fewer than are called mia. */
const WITHIN = 2000
const PAGE = { from: 0, size: 2 }

describe.skipIf(!hasPostgres)('a search between dates', () => {
  it('does not read everybody outside who has the word', async () => {
    const { url, drop } = await freshDatabase()
    const services = await connect({ databaseUrl: url, log: silentLogger })
    onTestFinished(async () => {
      await services.close()
      await drop()
    })
    const pool = oneConnection(url)
    await pool.query(insert, [MANY, EACH, vectorText(1, { nickname: 'mia' }), vectorText(1, { nickname: 'rare' })])
    await pool.query('vacuum analyze carillon.pushers')
    const { search } = pusherStore(database(pool))
    const mia = `+createdAt:>=1000 +createdAt:<${1000 + WITHIN} +mia`

    const total = WITHIN / EACH
    expect(await search(1, mia, PAGE)).toMatchObject({ pushers: [{ id: 'p2992' }, { id: 'p2984' }], total })
    const next = { ...PAGE, after: 'p2984' }
    expect(await search(1, mia, next)).toMatchObject({ pushers: [{ id: 'p2976' }, { id: 'p2968' }], total })
    expect(await search(1, '+createdAt:>=5 +rare', PAGE)).toMatchObject({ pushers: [{ id: 'p7' }], total: 1 })
    // A connection reports what it has read in that order: with the rare word, whatever was read before is there.
    const read = async () => Number((await pool.query<{ read: string }>(readByWords)).rows[0]!.read)
    expect(await waitFor(read)).toBe(1)
  })
})

/** Long rows in no order of their dates: the planner would rather ask both indexes than read all between the dates. */
const insert = `
  insert into carillon.pushers (app_id, id, created_at, email, words)
  select 1, 'p' || at, at, repeat('x', 400), case when at % $2::int = 0 then $3 when at = 7 then $4 else '' end::tsvector
  from (select n::bigint * 7919 % $1 as at from generate_series(1, $1::int) as n) as dates`

const readByWords = `select idx_tup_read as read from pg_stat_user_indexes where indexrelname = 'pushers_words'`
