import { describe, expect, it } from 'vitest'
import { addInOrder, type Fresh, getOne, idsOf } from './fresh.ts'

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

const IDS = [
  '李雷',
  '😀',
  'a/b',
  '.',
  '..',
  'a%2Fb',
  ' ',
  'it\'s "x"',
  '{}',
  'a,b',
  'null',
  'A',
  'a',
  'é',
  'e\u0301',
  'x'.repeat(255),
]

export function exerciseIds(fresh: Fresh): void {
  describe('ids and tags', () => {
    it('may be any text, each its own pusher', async () => {
      const { store, app } = await fresh()
      for (const id of IDS) await store.set(app, id, { fields: { nickname: `of ${id}` }, addTags: [id] }, true)
      expect(idsOf(await store.getMany(app, IDS)).toSorted()).toEqual(IDS.toSorted())
      for (const id of IDS) expect(await getOne(store, app, id)).toMatchObject({ nickname: `of ${id}`, tags: [id] })
    })

    it('may be removed whatever they are', async () => {
      const { store, app } = await fresh()
      for (const id of IDS) {
        await store.set(app, id, { addTags: [id, 'kept'] }, true)
        await store.set(app, id, { removeTags: [id] }, false)
        expect((await getOne(store, app, id)).tags).toEqual(['kept'])
        expect(await store.delete(app, id)).toBe(true)
      }
      expect((await store.list(app, { from: 0, size: 100 })).total).toBe(0)
    })
  })
}
