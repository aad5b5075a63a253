import { describe, expect, it } from 'vitest'
import type { PusherStore } from '@carillon/contract'
import { idsOf, type Fresh } from './fresh.ts'

const all = { from: 0, size: 100 }

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
      const { pushers, total } = await store.search(app, query, all)
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
      expect((await store.search(app, 'tags:vip', all)).total).toBe(0)
      expect(idsOf((await store.search(app, 'omega', all)).pushers)).toEqual(['g1'])
    })

    it('refuses what cannot be parsed, with the code bad_query', async () => {
      const { store, app } = await fresh()
      await expect(store.search(app, '"never closed', all)).rejects.toMatchObject({
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
