import { describe, expect, it } from 'vitest'
import { addInOrder, idsOf, type Fresh } from './fresh.ts'

export function exerciseGet(fresh: Fresh): void {
  describe('getMany', () => {
    it('answers those that exist, once each', async () => {
      const { store, app } = await fresh()
      await addInOrder(store, app, ['a', 'b', 'c'])
      expect(idsOf(await store.getMany(app, ['c', 'nobody', 'a'])).toSorted()).toEqual(['a', 'c'])
      expect(idsOf(await store.getMany(app, ['b', 'b']))).toEqual(['b'])
    })

    it('answers nothing for no ids', async () => {
      const { store, app } = await fresh()
      expect(await store.getMany(app, [])).toEqual([])
    })
  })

  describe('delete', () => {
    it('is true once, and the pusher is gone', async () => {
      const { store, app } = await fresh()
      await addInOrder(store, app, ['a', 'b'])
      expect(await store.delete(app, 'a')).toBe(true)
      expect(await store.delete(app, 'a')).toBe(false)
      expect(idsOf(await store.getMany(app, ['a', 'b']))).toEqual(['b'])
    })

    it('leaves nothing behind for a pusher of the same id', async () => {
      const { store, app } = await fresh()
      await store.set(
        app,
        'a',
        { fields: { email: 'a@example.com' }, addTags: ['old'], addSenders: ['sendmail'] },
        true,
      )
      await store.delete(app, 'a')
      await store.set(app, 'a', {}, true)
      expect(await store.getMany(app, ['a'])).toMatchObject([{ email: '', tags: [], senders: [] }])
    })
  })
}
