import { describe, expect, it } from 'vitest'
import { getOne, idsOf, type Fresh } from './fresh.ts'

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
