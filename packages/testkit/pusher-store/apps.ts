import { describe, expect, it } from 'vitest'
import { addInOrder, getOne, type Fresh } from './fresh.ts'

const all = { from: 0, size: 100 }

export function exerciseApps(fresh: Fresh): void {
  describe('apps', () => {
    it('do not see one another', async () => {
      const { store, app } = await fresh()
      const { app: other } = await fresh()
      await addInOrder(store, app, ['a'], { addSenders: ['sendmail'] })
      expect(await store.getMany(other, ['a'])).toEqual([])
      expect((await store.list(other, all)).pushers).toEqual([])
      expect((await store.search(other, 'a', all)).pushers).toEqual([])
      expect((await store.page(other, { sender: 'sendmail', tag: '', cursor: null, limit: 10 })).pushers).toEqual([])
    })

    it('do not change one another', async () => {
      const { store, app } = await fresh()
      const { app: other } = await fresh()
      await addInOrder(store, app, ['a'], { fields: { nickname: 'mine' } })
      expect(await store.set(other, 'a', { fields: { nickname: 'theirs' } }, false)).toBe(false)
      expect(await store.delete(other, 'a')).toBe(false)
      await store.set(other, 'a', { fields: { nickname: 'theirs' } }, true)
      expect((await getOne(store, app, 'a')).nickname).toBe('mine')
    })
  })
}
