import { afterAll, describe, expect, it } from 'vitest'
import { exercisePusherStore } from '@carillon/testkit'
import { type OpenStore, stores } from './pushers-stores.ts'

for (const { name, available, open } of stores) {
  describe.skipIf(!available)(`pushers in ${name}`, () => {
    let opened: OpenStore
    afterAll(() => opened.close())
    exercisePusherStore(async () => {
      opened = await open()
      return opened.store
    })

    it('has quiet hours, wherever a pusher is read', async () => {
      const { store } = opened
      const app = 2_000_000
      const quietHours = { from: '22:00', to: '07:00', days: ['fri' as const] }
      await store.set(app, 'quiet', { fields: { createdAt: 2, quietHours }, addSenders: ['sendmail'] }, true)
      await store.set(app, 'loud', { fields: { createdAt: 1 }, addSenders: ['sendmail'] }, true)
      const expected = [quietHours, null]
      const page = { sender: 'sendmail', tag: '', cursor: null, limit: 10 }
      const read = await Promise.all([
        store.getMany(app, ['quiet', 'loud']),
        store.list(app, { from: 0, size: 10 }).then(({ pushers }) => pushers),
        store.search(app, 'senders:sendmail', { from: 0, size: 10 }).then(({ pushers }) => pushers),
        store.page(app, page).then(({ pushers }) => pushers),
      ])
      for (const pushers of read) {
        const newestFirst = pushers.toSorted((one, other) => other.createdAt - one.createdAt)
        expect(newestFirst.map((pusher) => pusher.quietHours)).toEqual(expected)
      }
    })
  })
}
