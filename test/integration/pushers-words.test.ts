import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { PusherChange, PusherStore } from '@carillon/contract'
import { type OpenStore, stores } from './pushers-stores.ts'

let lastApp = 0

for (const { name, available, open } of stores) {
  describe.skipIf(!available)(`what is found after changes in ${name}`, () => {
    let opened: OpenStore
    let store: PusherStore
    beforeAll(async () => {
      opened = await open()
      store = opened.store
    })
    afterAll(() => opened.close())

    /** A pusher that went through these changes, and which of some queries find it. */
    const finding = async (changes: PusherChange[], queries: string[]) => {
      const app = ++lastApp
      for (const change of changes) await store.set(app, 'one', change, true)
      const totals = await Promise.all(
        queries.map(async (query) => (await store.search(app, query, { from: 0, size: 1 })).total),
      )
      return queries.filter((_, at) => totals[at] === 1)
    }
    const fields = { email: 'lupino@example.com', nickname: 'Han Mei', phoneNumber: '+86 138 0013 8000' }

    it('the new words of a field, and not its old ones', async () => {
      const queries = ['email:lupino', 'email:mei', 'nickname:lupino', 'nickname:mei', 'phoneNumber:86138*', 'one']
      expect(await finding([{ fields }], queries)).toEqual([
        'email:lupino',
        'nickname:mei',
        'phoneNumber:86138*',
        'one',
      ])
      const swapped = { email: 'mei@example.com', nickname: 'Lupino', phoneNumber: '' }
      expect(await finding([{ fields }, { fields: swapped }], queries)).toEqual(['email:mei', 'nickname:lupino', 'one'])
    })

    it('phrases, whose places do not move with every change', async () => {
      const changes = Array.from({ length: 30 }, (_, at) => [
        { fields: { email: `a${at}@example.com` } },
        { fields: { nickname: `Han Mei ${at}` }, addTags: ['x'] },
      ])
      const queries = ['"han mei 29"', '"mei han"', '"a29 example"', 'email:a28']
      expect(await finding([{ fields }, ...changes.flat()], queries)).toEqual(['"han mei 29"', '"a29 example"'])
      const { rows } = await opened.db.execute(`select words::text from carillon.pushers where app_id = ${lastApp}`)
      expect(rows).toEqual([{ words: expect.stringMatching(/e\/a29':1 .*n\/han':1 .*n\/mei':2 /) }])
    })

    it('the words of the tags that are left', async () => {
      const queries = ['tags:plan', 'tags:pro', 'tags:free', 'tags:"plan pro"']
      expect(await finding([{ addTags: ['plan pro', 'Plan free'] }], queries)).toEqual(queries)
      const removed = [{ addTags: ['plan pro', 'Plan free'] }, { removeTags: ['plan pro', 'free'] }]
      expect(await finding(removed, queries)).toEqual(['tags:plan', 'tags:free'])
    })

    it('a tag that differs from a removed one in its case', async () => {
      expect(await finding([{ addTags: ['vip', 'VIP'] }, { removeTags: ['vip'] }], ['tags:vip'])).toEqual(['tags:vip'])
      expect(await finding([{ addTags: ['vip', 'VIP'] }, { removeTags: ['vip', 'VIP'] }], ['tags:vip'])).toEqual([])
    })

    it('a name that is removed and added at once', async () => {
      const change = { addTags: ['vip'], removeTags: ['vip'], addSenders: ['sendmail'], removeSenders: ['sendmail'] }
      expect(await finding([change], ['tags:vip', 'senders:sendmail'])).toEqual(['tags:vip', 'senders:sendmail'])
      expect(await finding([{}, change], ['tags:vip', 'senders:sendmail'])).toEqual(['tags:vip', 'senders:sendmail'])
    })

    it('everything, after changes at the same time', async () => {
      const app = ++lastApp
      const names = Array.from({ length: 20 }, (_, at) => `tag${at}`)
      await Promise.all(
        names.map((tag) => store.set(app, 'one', { addTags: [tag], fields: { nickname: `by ${tag}` } }, true)),
      )
      const totals = await Promise.all(
        names.map(async (tag) => (await store.search(app, `tags:${tag}`, { from: 0, size: 1 })).total),
      )
      expect(totals).toEqual(names.map(() => 1))
      const [pusher] = await store.getMany(app, ['one'])
      expect((await store.search(app, `"${pusher?.nickname}"`, { from: 0, size: 1 })).total).toBe(1)
    })

    it('names that no word is in, when their pushers are walked', async () => {
      const app = ++lastApp
      await store.set(app, 'one', { addSenders: ['sendmail'], addTags: ['!'] }, true)
      await store.set(app, 'two', { addSenders: ['sendmail'], addTags: ['?'] }, true)
      const { pushers } = await store.page(app, { sender: 'sendmail', tag: '!', cursor: null, limit: 1 })
      expect(pushers).toMatchObject([{ id: 'one', tags: ['!'] }])
    })

    it('values of any length', async () => {
      const long = { nickname: '长'.repeat(5000), email: `${'x'.repeat(5000)}@example.com` }
      const change = { fields: long, addTags: ['标签'.repeat(500), 'word '.repeat(200)] }
      expect(await finding([change], ['长长长', 'email:xxx*', 'tags:标签', 'tags:"word word"'])).toHaveLength(4)
    })
  })
}

describe.skipIf(!stores.at(-1)?.available)('a search that takes too long', () => {
  it('is given up and called a bad query', async () => {
    const { store, db, close } = await stores.at(-1)!.open()
    await db.transaction(async (tx) => {
      // Nobody can read the pushers until this transaction ends.
      await tx.execute('lock table carillon.pushers in access exclusive mode')
      await expect(store.search(1, 'lupino', { from: 0, size: 1 })).rejects.toMatchObject({
        code: 'bad_query',
        message: expect.stringContaining('3 seconds'),
      })
    })
    await close()
  })
})
