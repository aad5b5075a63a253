import fc from 'fast-check'
import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CarillonError, type PusherStore } from '@carillon/contract'
import type { Database } from '../../packages/store/database.ts'
import { vectorText } from '../../packages/store/search/words.ts'
import { searchTexts } from '../../packages/store/test/search-texts.ts'
import { type OpenStore, stores } from './pushers-stores.ts'

/** More than are looked at one by one, more than are counted. */
const MANY = 12_500

/** Pusher `n` is one second younger than the one before. */
function example(n: number) {
  const words = [
    'common',
    n < 3000 && 'old',
    n % 2500 === 0 && 'rare',
    n < 10_000 && 'tenk',
    n <= 10_000 && 'beyond',
    n % 100 === 0 && 'hundredth',
  ]
  const tags = [...(n % 2500 === 7 ? ['vip'] : []), n % 2 === 0 ? 'even' : 'odd']
  return {
    id: `p${n}`,
    nickname: words.filter(Boolean).join(' '),
    senders: ['sendmail'],
    tags,
    createdAt: 1_456_403_493 + n,
  }
}

async function addMany(db: Database): Promise<void> {
  const pushers = Array.from({ length: MANY }, (_, n) => example(n))
  const column = (pick: (pusher: ReturnType<typeof example>) => string | number) => sql`${sql.param(pushers.map(pick))}`
  await db.execute(sql`
    insert into carillon.pushers (app_id, id, nickname, senders, tags, created_at, words)
    select 1, id, nickname, '{sendmail}', string_to_array(tags, ' '), created_at, words::tsvector from unnest(
      ${column(({ id }) => id)}::text[], ${column(({ nickname }) => nickname)}::text[], ${column(({ tags }) => tags.join(' '))}::text[],
      ${column(({ createdAt }) => createdAt)}::bigint[], ${column((one) => vectorText(1, one))}::text[]
    ) as many (id, nickname, tags, created_at, words)`)
}

for (const { name, available, open } of stores) {
  describe.skipIf(!available)(`many pushers in ${name}`, () => {
    let opened: OpenStore
    let store: PusherStore
    beforeAll(async () => {
      opened = await open()
      store = opened.store
      await addMany(opened.db)
      await store.set(2, 'p0', { fields: { nickname: 'of another app', createdAt: 1_456_403_493 } }, true)
    })
    afterAll(() => opened.close())

    const found = async (query: string, from = 0, size = 3, after?: string) => {
      const { pushers, ...total } = await store.search(1, query, { from, size, ...(after !== undefined && { after }) })
      return { ids: pushers.map(({ id }) => id), ...total }
    }
    const estimated = { total: expect.toSatisfy((total: number) => total > 10_000), totalIsEstimate: true }

    it.each([
      ['rare', { ids: ['p10000', 'p7500', 'p5000'], total: 5 }],
      ['old', { ids: ['p2999', 'p2998', 'p2997'], total: 3000 }],
      ['hundredth', { ids: ['p12400', 'p12300', 'p12200'], total: 125 }],
      ['common', { ids: ['p12499', 'p12498', 'p12497'], ...estimated }],
      ['tenk', { ids: ['p9999', 'p9998', 'p9997'], total: 10_000 }],
      ['beyond', { ids: ['p10000', 'p9999', 'p9998'], ...estimated }],
      ['"common old"', { ids: ['p2999', 'p2998', 'p2997'], total: 3000 }],
      ['"old common"', { ids: [], total: 0 }],
      ['rar*', { ids: ['p10000', 'p7500', 'p5000'], total: 5 }],
      ['+common -tenk', { ids: ['p12499', 'p12498', 'p12497'], total: 2500 }],
      ['-tenk', { ids: ['p12499', 'p12498', 'p12497'], total: 2500 }],
      ['-common', { ids: [], total: 0 }],
      ['+old +createdAt:<1456403495', { ids: ['p1', 'p0'], total: 2 }],
      ['createdAt:<1456403495', { ids: ['p1', 'p0'], total: 2 }],
      ['rare createdAt:>1456415991', { ids: ['p12499', 'p10000', 'p7500'], total: 6 }],
      ['ra*e', { ids: ['p10000', 'p7500', 'p5000'], total: 5 }],
      ['*', { ids: ['p12499', 'p12498', 'p12497'], ...estimated }],
    ])('%s is found, newest first, with its total', async (query, expected) => {
      expect(await found(query)).toEqual(expected)
    })

    it.each([
      ['common', 12_400, 'p99'],
      ['common', 5000, 'p7499'],
      ['old', 2900, 'p99'],
      ['beyond', 1, 'p9999'],
      ['beyond', 10_000, 'p0'],
    ])('%s from %i on begins with %s', async (query, from, first) => {
      expect((await found(query, from)).ids[0]).toBe(first)
    })

    it('goes on after a pusher, whatever the query, and the total stays', async () => {
      expect(await found('rare', 9, 3, 'p7500')).toEqual({ ids: ['p5000', 'p2500', 'p0'], total: 5 })
      expect(await found('rare', 9, 3, 'p7499')).toEqual({ ids: ['p5000', 'p2500', 'p0'], total: 5 })
      expect(await found('common', 0, 3, 'p100')).toEqual({ ids: ['p99', 'p98', 'p97'], ...estimated })
      expect(await found('old', 0, 3, 'p2')).toEqual({ ids: ['p1', 'p0'], total: 3000 })
      await expect(found('rare', 0, 3, 'nobody')).rejects.toMatchObject({
        code: 'bad_request',
        message: expect.stringContaining('"nobody"'),
      })
      await expect(found('rare', 0, 3, '\0')).rejects.toMatchObject({ code: 'bad_request' })
    })

    it('lists with an estimate of the total', async () => {
      const { pushers, ...total } = await store.list(1, { from: 12_498, size: 3 })
      expect(pushers.map(({ id }) => id)).toEqual(['p1', 'p0'])
      expect(total).toEqual(estimated)
    })

    it('keeps its counsel from another app', async () => {
      expect(await store.search(2, 'common', { from: 0, size: 3 })).toEqual({ pushers: [], total: 0 })
      expect(await found('another')).toEqual({ ids: [], total: 0 })
      expect(await found('-old -common -another')).toEqual({ ids: [], total: 0 })
    })

    it.each([
      ['a common tag', 'even', 10, MANY / 2],
      ['a rare tag', 'vip', 2, 5],
      ['no tag', '', 1000, MANY],
      ['a tag that nobody has', 'none', 10, 0],
    ])('walks those with %s, each once, in full pages', async (_, tag, limit, count) => {
      const seen: string[] = []
      for (let cursor: string | null = null; ;) {
        const page = await store.page(1, { sender: 'sendmail', tag, cursor, limit })
        seen.push(...page.pushers.map(({ id }) => id))
        cursor = page.next
        if (cursor === null) break
        expect(page.pushers).toHaveLength(limit)
        if (tag === 'even' && seen.length > 200) return
      }
      expect(new Set(seen).size).toBe(count)
      expect(seen).toHaveLength(count)
    })

    it('does not know the cursors of others', async () => {
      await expect(store.page(1, { sender: 'sendmail', tag: '', cursor: 'x', limit: 1 })).rejects.toMatchObject({
        code: 'bad_request',
      })
    })

    it('answers any text, or says that the query is bad', async () => {
      const outcome = async (query: string) => {
        const answer = await found(query).catch((reason: unknown) => reason)
        return answer instanceof CarillonError ? answer.code : answer
      }
      const isAnswer = async (query: string) => {
        expect(await outcome(query)).toSatisfy(
          (answer: unknown) => answer === 'bad_query' || !(answer instanceof Error),
        )
      }
      await fc.assert(fc.asyncProperty(searchTexts, isAnswer), { numRuns: 200 })
    })
  })
}
