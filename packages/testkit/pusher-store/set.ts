import { describe, expect, it } from 'vitest'
import type { Pusher } from '@carillon/contract'
import { getOne, type Fresh } from './fresh.ts'

const everyField = {
  email: 'lupino@example.com',
  nickname: '李雷 😀',
  phoneNumber: '+15005550006',
  createdAt: 1_456_403_493,
  timezone: 'Asia/Shanghai',
  locale: 'zh-CN',
  attributes: { plan: 'pro', deep: { list: [1, null, 'x'] } },
}

export function exerciseSet(fresh: Fresh): void {
  describe('set', () => {
    it('creates with every field, sender and tag', async () => {
      const { store, app } = await fresh()
      expect(await store.set(app, 'a', { fields: everyField, addSenders: ['sendmail'], addTags: ['vip'] }, true)).toBe(
        true,
      )
      expect(fieldsOf(await getOne(store, app, 'a'))).toEqual({
        id: 'a',
        ...everyField,
        senders: ['sendmail'],
        tags: ['vip'],
      })
    })

    it('creates with empty fields, now, when none are given', async () => {
      const { store, app } = await fresh()
      const before = Math.floor(Date.now() / 1000)
      await store.set(app, 'a', {}, true)
      const { createdAt, ...rest } = fieldsOf(await getOne(store, app, 'a'))
      const empty = {
        email: '',
        nickname: '',
        phoneNumber: '',
        timezone: '',
        locale: '',
        attributes: {},
        senders: [],
        tags: [],
      }
      expect(rest).toEqual({ id: 'a', ...empty })
      expect(Number.isInteger(createdAt)).toBe(true)
      // Another machine's clock may have made it.
      expect(Math.abs(createdAt - before)).toBeLessThan(600)
    })

    it('is false without `create` when there is no pusher, and creates none', async () => {
      const { store, app } = await fresh()
      expect(await store.set(app, 'a', { fields: { email: 'a@example.com' }, addTags: ['vip'] }, false)).toBe(false)
      expect(await store.getMany(app, ['a'])).toEqual([])
    })

    exerciseUpdate(fresh)
    exerciseQuietHours(fresh)
    exerciseNames(fresh)
  })
}

function exerciseUpdate(fresh: Fresh): void {
  it.each([true, false])('updates the given fields and keeps all else (create: %s)', async (create) => {
    const { store, app } = await fresh()
    await store.set(app, 'a', { fields: everyField, addSenders: ['sendmail'], addTags: ['vip'] }, true)
    expect(await store.set(app, 'a', { fields: { nickname: 'Lu' } }, create)).toBe(true)
    const kept = { senders: ['sendmail'], tags: ['vip'] }
    expect(fieldsOf(await getOne(store, app, 'a'))).toEqual({ id: 'a', ...everyField, ...kept, nickname: 'Lu' })
  })

  it('replaces the attributes as a whole', async () => {
    const { store, app } = await fresh()
    await store.set(app, 'a', { fields: { attributes: { a: 1 } } }, true)
    await store.set(app, 'a', { fields: { attributes: { b: 2 } } }, false)
    expect((await getOne(store, app, 'a')).attributes).toEqual({ b: 2 })
  })
}

/** Without quiet hours, which a store may lack. */
function fieldsOf(pusher: Pusher): Pusher {
  return { ...pusher, quietHours: undefined }
}

function exerciseQuietHours(fresh: Fresh): void {
  it('keeps quiet hours, unless it has none at all', async () => {
    const { store, app } = await fresh()
    await store.set(app, 'a', {}, true)
    if ((await getOne(store, app, 'a')).quietHours === undefined) return
    const hours = { from: '22:00', to: '07:00', days: ['fri' as const] }
    for (const quietHours of [null, hours, 'off' as const, null]) {
      await store.set(app, 'a', { fields: { quietHours } }, true)
      await store.set(app, 'a', { fields: { nickname: 'Lu' } }, false)
      expect(await getOne(store, app, 'a')).toMatchObject({ quietHours, nickname: 'Lu' })
    }
    await store.set(app, 'b', { fields: { quietHours: hours } }, true)
    expect(await getOne(store, app, 'b')).toMatchObject({ quietHours: hours })
  })
}

function exerciseNames(fresh: Fresh): void {
  it('holds a sender and a tag once, however often it is added', async () => {
    const { store, app } = await fresh()
    await store.set(app, 'a', { addSenders: ['sendmail'], addTags: ['vip', 'vip'] }, true)
    await store.set(app, 'a', { addSenders: ['sendmail'], addTags: ['vip'] }, false)
    expect(await getOne(store, app, 'a')).toMatchObject({ senders: ['sendmail'], tags: ['vip'] })
  })

  it('removes senders and tags, also those that are not there', async () => {
    const { store, app } = await fresh()
    await store.set(app, 'a', { addSenders: ['sendmail', 'sendsms'], addTags: ['vip', 'new'] }, true)
    expect(await store.set(app, 'a', { removeSenders: ['sendmail', 'hook1'], removeTags: ['new', 'old'] }, false)).toBe(
      true,
    )
    expect(await getOne(store, app, 'a')).toMatchObject({ senders: ['sendsms'], tags: ['vip'] })
  })

  it('does all of a change at once', async () => {
    const { store, app } = await fresh()
    await store.set(app, 'a', { addSenders: ['sendmail'], addTags: ['old'] }, true)
    const change = { fields: { email: 'b@example.com' }, addSenders: ['sendsms'], removeSenders: ['sendmail'] }
    await store.set(app, 'a', { ...change, addTags: ['new'], removeTags: ['old'] }, false)
    expect(await getOne(store, app, 'a')).toMatchObject({ email: 'b@example.com', senders: ['sendsms'], tags: ['new'] })
  })
}
