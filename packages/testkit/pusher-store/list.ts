import { describe, expect, it } from 'vitest'
import { addInOrder, idsOf, type Fresh } from './fresh.ts'

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
