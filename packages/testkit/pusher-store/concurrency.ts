import { describe, expect, it } from 'vitest'
import { getOne, type Fresh } from './fresh.ts'

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
