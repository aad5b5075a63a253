import { describe, expect, it } from 'vitest'
import type { PusherPage, PusherStore } from '@carillon/contract'
import { addInOrder, type Fresh, idsOf } from './fresh.ts'

const OLDEST_FIRST = ['a', 'b', 'c', 'd', 'e', 'f', 'g']

export function exerciseList(fresh: Fresh): void {
  describe('list', () => {
    it('is newest first, with whole pushers and the total', async () => {
      const { store, app } = await fresh()
      await addInOrder(store, app, OLDEST_FIRST, { addTags: ['vip'] })
      const { pushers, total } = await store.list(app, { from: 0, size: 3 })
      expect(idsOf(pushers)).toEqual(['g', 'f', 'e'])
      expect(pushers[0]).toMatchObject({ id: 'g', tags: ['vip'], senders: [] })
      expect(total).toBe(7)
    })

    it('skips `from` rows', async () => {
      const { store, app } = await fresh()
      await addInOrder(store, app, OLDEST_FIRST)
      expect(idsOf((await store.list(app, { from: 5, size: 3 })).pushers)).toEqual(['b', 'a'])
      expect(await store.list(app, { from: 9, size: 3 })).toMatchObject({ pushers: [], total: 7 })
    })

    it('goes on `after` a pusher, whatever `from` says', async () => {
      const { store, app } = await fresh()
      await addInOrder(store, app, OLDEST_FIRST)
      expect(idsOf((await store.list(app, { from: 4, size: 3, after: 'e' })).pushers)).toEqual(['d', 'c', 'b'])
      expect(idsOf((await store.list(app, { from: 0, size: 3, after: 'a' })).pushers)).toEqual([])
    })

    it('reaches each once by `after`, those of the same second too', async () => {
      const { store, app } = await fresh()
      for (const id of OLDEST_FIRST) await store.set(app, id, { fields: { createdAt: 1_456_403_493 } }, true)
      const seen = []
      for (let after: string | undefined; seen.length < 20; after = seen.at(-1)) {
        const { pushers } = await store.list(app, { from: 0, size: 2, ...(after && { after }) })
        if (pushers.length === 0) break
        seen.push(...idsOf(pushers))
      }
      expect(seen.toSorted()).toEqual(OLDEST_FIRST)
    })

    it('is empty where there is nothing', async () => {
      const { store, app } = await fresh()
      expect(await store.list(app, { from: 0, size: 10 })).toEqual({ pushers: [], total: 0 })
    })
  })
}

const TEN = Array.from({ length: 10 }, (_, at) => `p${at}`)
const THREE = { sender: 'sendmail', tag: '', limit: 3 }

export function exercisePage(fresh: Fresh): void {
  describe('page', () => {
    it('walks all that have the sender, once each, as whole pushers', async () => {
      const { store, app } = await fresh()
      await addInOrder(store, app, TEN, { addSenders: ['sendmail'], addTags: ['vip'] })
      await addInOrder(store, app, ['other'], { addSenders: ['sendsms'] })
      expect((await walk(store, app, THREE)).toSorted()).toEqual(TEN)
      const { pushers } = await store.page(app, { ...THREE, cursor: null })
      expect(pushers).toHaveLength(3)
      expect(pushers[0]).toMatchObject({ senders: ['sendmail'], tags: ['vip'] })
    })

    it('walks only those that carry the tag, when one is given', async () => {
      const { store, app } = await fresh()
      await addInOrder(store, app, TEN, { addSenders: ['sendmail'] })
      const carriers = ['p1', 'p4', 'p5', 'p9']
      for (const id of carriers) await store.set(app, id, { addTags: ['vip'] }, false)
      expect((await walk(store, app, { ...THREE, tag: 'vip' })).toSorted()).toEqual(carriers)
    })

    it('ends where there is nothing', async () => {
      const { store, app } = await fresh()
      expect(await walk(store, app, THREE)).toEqual([])
    })

    exerciseMeanwhile(fresh)
  })
}

function exerciseMeanwhile(fresh: Fresh): void {
  it('does not visit pushers that were added after the first page', async () => {
    const { store, app } = await fresh()
    await addInOrder(store, app, TEN, { addSenders: ['sendmail'] })
    let added = 0
    // Names on both sides of the others, and created before and after them: no order may let them in.
    const add = () =>
      addInOrder(store, app, [`a${++added}`, `z${added}`], {
        addSenders: ['sendmail'],
        fields: { createdAt: added % 2 },
      })
    expect((await walk(store, app, THREE, add)).toSorted()).toEqual(TEN)
  })

  it('visits the others once each although some are removed or changed meanwhile', async () => {
    const { store, app } = await fresh()
    await addInOrder(store, app, TEN, { addSenders: ['sendmail'] })
    const doomed = ['p0', 'p5', 'p9']
    const seen = await walk(store, app, THREE, async () => {
      await store.delete(app, doomed.pop() ?? 'nobody')
      await store.set(app, 'p3', { fields: { nickname: 'again', createdAt: 1_600_000_000 } }, false)
    })
    expect(new Set(seen).size).toBe(seen.length)
    expect(seen).toEqual(expect.arrayContaining(['p1', 'p2', 'p3', 'p4', 'p6', 'p7', 'p8']))
  })
}

/** Ids in the order of the walk; `meanwhile` runs after every page. */
async function walk(
  store: PusherStore,
  app: number,
  options: { sender: string; tag: string; limit: number },
  meanwhile = async () => {},
): Promise<string[]> {
  const seen: string[] = []
  let cursor: string | null = null
  for (let pages = 0; pages < 100; pages++) {
    const page: PusherPage = await store.page(app, { ...options, cursor })
    seen.push(...idsOf(page.pushers))
    if (page.next === null) return seen
    cursor = page.next
    await meanwhile()
  }
  throw new Error('The walk does not end')
}

const MANY = { from: 0, size: 100 }

export function exerciseSearch(fresh: Fresh): void {
  describe('search', () => {
    it.each([
      ['a bare word, in any text field', 'gamma', ['g2', 'g1']],
      ['whatever its case', 'GaMMa', ['g2', 'g1']],
      ['bare words, either of them', 'gamma delta', ['d', 'g2', 'g1']],
      ['a tag', 'tags:vip', ['d', 'g1']],
      ['a sender', 'senders:sendsms', ['g2']],
      ['a nickname, and no other field', 'nickname:gamma', ['g1']],
      ['an id', 'id:d', ['d']],
      ['nobody', 'nickname:nobody', []],
    ])('finds %s, newest first', async (_, query, ids) => {
      const { store, app } = await fresh()
      await addExamples(store, app)
      const { pushers, total } = await store.search(app, query, MANY)
      expect(idsOf(pushers)).toEqual(ids)
      expect(total).toBe(ids.length)
    })

    it('answers a part, and the total of all', async () => {
      const { store, app } = await fresh()
      await addExamples(store, app)
      const { pushers, total } = await store.search(app, 'gamma delta', { from: 1, size: 1 })
      expect(idsOf(pushers)).toEqual(['g2'])
      expect(total).toBe(3)
    })

    it('sees a change at once', async () => {
      const { store, app } = await fresh()
      await addExamples(store, app)
      await store.set(app, 'g1', { fields: { nickname: 'Omega' }, removeTags: ['vip'] }, false)
      await store.delete(app, 'd')
      expect((await store.search(app, 'tags:vip', MANY)).total).toBe(0)
      expect(idsOf((await store.search(app, 'omega', MANY)).pushers)).toEqual(['g1'])
    })

    it('refuses what cannot be parsed, with the code bad_query', async () => {
      const { store, app } = await fresh()
      await expect(store.search(app, '"never closed', MANY)).rejects.toMatchObject({
        name: 'CarillonError',
        code: 'bad_query',
      })
    })
  })
}

async function addExamples(store: PusherStore, app: number): Promise<void> {
  const add = (id: string, nickname: string, email: string, createdAt: number, more: object) =>
    store.set(app, id, { fields: { nickname, email, createdAt }, ...more }, true)
  await add('g1', 'Gamma Ray', 'ray@example.com', 1_456_403_493, { addTags: ['vip'] })
  await add('g2', 'Beta', 'gamma@example.com', 1_456_403_494, { addSenders: ['sendsms'] })
  await add('d', 'Delta', 'river@example.com', 1_456_403_495, { addTags: ['vip'] })
}
