import { describe, expect, it } from 'vitest'
import { addInOrder, type Fresh, getOne } from './fresh.ts'

const TWENTY = Array.from({ length: 20 }, (_, at) => `t${at}`)

export function exerciseConcurrency(fresh: Fresh): void {
  describe('at the same time', () => {
    it('20 tags added by 20 callers all survive', async () => {
      const { store, app } = await fresh()
      await store.set(app, 'a', {}, true)
      await Promise.all(TWENTY.map((tag) => store.set(app, 'a', { addTags: [tag] }, false)))
      expect((await getOne(store, app, 'a')).tags.toSorted()).toEqual(TWENTY.toSorted())
    })

    it('20 callers create the same pusher, and nothing of theirs is lost', async () => {
      const { store, app } = await fresh()
      const created = await Promise.all(TWENTY.map((sender) => store.set(app, 'a', { addSenders: [sender] }, true)))
      expect(created).toEqual(TWENTY.map(() => true))
      expect((await getOne(store, app, 'a')).senders.toSorted()).toEqual(TWENTY.toSorted())
    })

    it('changes are never mixed: the fields are those of one caller', async () => {
      const { store, app } = await fresh()
      await store.set(app, 'a', {}, true)
      const fields = (value: string) => ({ email: value, nickname: value, phoneNumber: value })
      await Promise.all(TWENTY.map((value) => store.set(app, 'a', { fields: fields(value) }, false)))
      const { email, nickname, phoneNumber } = await getOne(store, app, 'a')
      expect({ email, nickname, phoneNumber }).toEqual(fields(email))
    })
  })
}

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
