import type { Address } from '@carillon/contract'
import { beforeEach, expect, it } from 'vitest'
import { onEveryBackend } from './backends.ts'
import { addPusher, newName } from './bells.ts'

type Extra = Partial<Omit<Address, 'id' | 'kind' | 'token'>> & { app?: number }

onEveryBackend('addresses', (current) => {
  const addresses = () => current().services.store.addresses
  let ann: string
  beforeEach(() => void (ann = newName()))

  const register = (pusher: string, token: string, { app = 1, ...more }: Extra = {}) =>
    addresses().register({ app, pusher, kind: 'fcm', token, ...more })
  const subscribe = (pusher: string, endpoint: string, auth = 'a') =>
    addresses().register({ app: 1, pusher, kind: 'webpush', token: JSON.stringify({ endpoint, keys: { auth } }) })
  const tokensOf = async (pusher: string) => (await addresses().list(1, pusher)).map(({ token }) => token)

  it('keep their id when they are registered again, with what was known', async () => {
    const first = await register(ann, `${ann}-token`, { platform: 'android', label: 'Pixel', locale: 'de' })
    expect(first).toEqual({
      id: expect.stringMatching(/^\d+$/),
      kind: 'fcm',
      token: `${ann}-token`,
      target: '',
      environment: '',
      platform: 'android',
      locale: 'de',
      timezone: '',
      label: 'Pixel',
      createdAt: expect.any(Number),
      seenAt: first.createdAt,
      disabledAt: null,
      reason: null,
    })
    await addresses().disable(1, first.id, 'it did not work')
    const again = await register(ann, `${ann}-token`, { locale: 'fr' })
    expect(again).toEqual({ ...first, locale: 'fr', seenAt: expect.any(Number) })
    expect(again.seenAt).toBeGreaterThan(first.seenAt)
    expect(await addresses().list(1, ann)).toEqual([again])
  })

  it('move to the pusher who registers them, without what their former user said', async () => {
    const other = newName()
    const first = await register(ann, `${ann}-token`, {
      platform: 'ios',
      target: 'org.app',
      label: 'Ann’s',
      locale: 'de',
    })
    const moved = await register(other, `${ann}-token`)
    expect(moved).toMatchObject({ id: first.id, platform: 'ios', target: 'org.app', label: '', locale: '' })
    expect(await addresses().list(1, ann)).toEqual([])
    expect(await addresses().list(1, other)).toEqual([moved])
  })

  it('of other apps and kinds are others', async () => {
    const token = `${ann}-token`
    const made = [
      await register(ann, token),
      await register(ann, token, { app: 2 }),
      await addresses().register({ app: 1, pusher: ann, kind: 'apns', token }),
    ]
    expect(new Set(made.map(({ id }) => id)).size).toBe(3)
  })

  it('of browsers are known by their endpoint', async () => {
    const first = await subscribe(ann, `https://push.example.com/${ann}`)
    const renewed = await subscribe(ann, `https://push.example.com/${ann}`, 'b')
    expect(renewed.id).toBe(first.id)
    expect(JSON.parse(renewed.token)).toMatchObject({ keys: { auth: 'b' } })
    expect(await addresses().list(1, ann)).toHaveLength(1)
  })

  it('are found for many pushers at once, index-aligned, the enabled ones of the kinds asked for', async () => {
    const other = newName()
    const old = await register(ann, `${ann}-1`)
    const recent = await register(ann, `${ann}-2`)
    const off = await register(ann, `${ann}-3`)
    await addresses().disable(1, off.id, 'wrong app')
    const browser = await subscribe(other, `https://push.example.com/${other}`)
    await addresses().register({ app: 1, pusher: other, kind: 'slack', token: `#${other}` })
    const found = await addresses().of(1, [other, 'nobody', ann, other], ['fcm', 'webpush'])
    expect(found.map((some) => some.map(({ id }) => id))).toEqual([[browser.id], [], [recent.id, old.id], [browser.id]])
    const { disabledAt: _disabled, reason: _reason, ...plain } = recent
    expect(found[2]![0]).toEqual(plain)
    expect(await addresses().of(2, [ann], ['fcm'])).toEqual([[]])
    expect(await addresses().of(1, [], ['fcm'])).toEqual([])
  })

  it('are at most 20 of a pusher and kind: those seen longest ago go', async () => {
    const other = await subscribe(ann, `https://push.example.com/${ann}`)
    for (let index = 0; index < 20; index++) await register(ann, `${ann}-${index}`)
    await register(ann, `${ann}-0`)
    for (let index = 20; index < 25; index++) await register(ann, `${ann}-${index}`)
    const kept = [24, 23, 22, 21, 20, 0, ...Array.from({ length: 14 }, (_, index) => 19 - index)]
    expect(await tokensOf(ann)).toEqual([...kept.map((index) => `${ann}-${index}`), other.token])
  })

  it('that are disabled leave room for others, and are at most 20 too', async () => {
    for (let index = 0; index < 25; index++) {
      const { id } = await register(ann, `${ann}-${index}`)
      await addresses().disable(1, id, 'wrong app')
    }
    await register(ann, `${ann}-25`)
    expect(await tokensOf(ann)).toEqual(Array.from({ length: 21 }, (_, index) => `${ann}-${25 - index}`))
  })

  it('are at most 20 when they are registered at once by two processes', async () => {
    const another = await current().connectAnother()
    const all = Array.from({ length: 50 }, (_, index) => `${ann}-${index}`)
    const stores = [addresses(), another.store.addresses]
    await Promise.all(
      all.map((token, index) => stores[index % 2]!.register({ app: 1, pusher: ann, kind: 'fcm', token })),
    )
    expect(await tokensOf(ann)).toHaveLength(20)
  })

  it('are one address when one token is registered at once, for whoever came last', async () => {
    const another = await current().connectAnother()
    const pushers = Array.from({ length: 20 }, () => newName())
    const stores = [addresses(), another.store.addresses]
    const registered = await Promise.all(
      pushers.map((pusher, index) => stores[index % 2]!.register({ app: 1, pusher, kind: 'fcm', token: ann })),
    )
    expect(new Set(registered.map(({ id }) => id)).size).toBe(1)
    const found = await addresses().of(1, pushers, ['fcm'])
    expect(found.flat()).toHaveLength(1)
  })

  it('are removed by their own pusher and app only', async () => {
    const { id } = await register(ann, `${ann}-token`)
    const missing = { code: 'address_not_found', message: expect.stringContaining(id) }
    await expect(addresses().removeOf(1, 'somebody', id)).rejects.toMatchObject(missing)
    await expect(addresses().removeOf(2, ann, id)).rejects.toMatchObject(missing)
    await addresses().removeOf(1, ann, id)
    await expect(addresses().removeOf(1, ann, id)).rejects.toMatchObject(missing)
  })

  it('that a provider no longer knows are removed, unless they were registered since', async () => {
    const { id, seenAt } = await register(ann, `${ann}-token`)
    await addresses().remove(2, id)
    await addresses().remove(1, id, seenAt - 1)
    expect(await tokensOf(ann)).toEqual([`${ann}-token`])
    await addresses().remove(1, id, seenAt + 1)
    expect(await tokensOf(ann)).toEqual([])
    const next = await register(ann, `${ann}-token`)
    await addresses().remove(1, next.id)
    expect(await tokensOf(ann)).toEqual([])
  })

  it('that are disabled say since when and why', async () => {
    const { id, seenAt } = await register(ann, `${ann}-token`)
    await addresses().disable(2, id, 'another app')
    await addresses().disable(1, id, `a\0b${'c'.repeat(1000)}`)
    expect((await addresses().list(1, ann))[0]!.reason).toMatch(/^abc{498}$/)
    await addresses().disable(1, id, 'DeviceTokenNotForTopic')
    const [disabled] = await addresses().list(1, ann)
    expect(disabled).toMatchObject({ id, reason: 'DeviceTokenNotForTopic' })
    expect(disabled!.disabledAt).toBeGreaterThanOrEqual(seenAt)
  })

  it('change where they lead, and become one with what is there', async () => {
    const chat = (token: string) => addresses().register({ app: 1, pusher: ann, kind: 'telegram', token })
    const { id } = await chat(`${ann}-group`)
    await addresses().change(2, id, { token: 'elsewhere' })
    await addresses().change(1, id, { token: `${ann}-supergroup`, environment: 'sandbox' })
    expect(await addresses().list(1, ann)).toMatchObject([{ id, token: `${ann}-supergroup`, environment: 'sandbox' }])
    const again = await chat(`${ann}-group`)
    await addresses().change(1, again.id, { token: `${ann}-supergroup` })
    expect(await addresses().list(1, ann)).toMatchObject([{ id, token: `${ann}-supergroup` }])
    expect(await chat(`${ann}-supergroup`)).toMatchObject({ id })
  })

  it('are removed with their pusher', async () => {
    await addPusher(current().services, ann, [])
    await register(ann, `${ann}-token`)
    const foreign = await register(ann, `${ann}-token`, { app: 2 })
    await current().services.api(1).removePusher(ann)
    expect(await addresses().list(1, ann)).toEqual([])
    expect(await addresses().list(2, ann)).toEqual([foreign])
  })

  it('that were not seen for long are removed, some at a time', async () => {
    for (let index = 0; index < 3; index++) await register(ann, `${ann}-${index}`)
    expect(await addresses().removeUnseen(3600, 100)).toBe(0)
    const before = await tokensOf(ann)
    expect(await addresses().removeUnseen(0, 2)).toBe(2)
    while ((await addresses().removeUnseen(0, 100)) > 0);
    expect(before).toHaveLength(3)
    expect(await tokensOf(ann)).toEqual([])
  })
})

onEveryBackend('shared values', (current) => {
  const shared = () => current().services.store.sharedValues

  it('are made once, and are the same for all', async () => {
    const [name, another] = [newName(), await current().connectAnother()]
    let made = 0
    const make = async () => `value ${++made}`
    const asked = Array.from({ length: 10 }, (_, index) =>
      (index % 2 ? shared() : another.store.sharedValues).get(name, Infinity, make),
    )
    const values = await Promise.all(asked)
    expect(new Set(values).size).toBe(1)
    expect(made).toBeLessThanOrEqual(2)
    expect(await shared().get(name, 60, make)).toBe(values[0])
    expect(await (await current().connectAnother()).store.sharedValues.get(name, 60, make)).toBe(values[0])
  })

  it('are made anew once they are too old', async () => {
    const name = newName()
    expect(await shared().get(name, 60, () => 'old')).toBe('old')
    expect(await shared().get(name, 0, () => 'new')).toBe('new')
    expect(await shared().get(name, 60, () => 'newer')).toBe('new')
  })

  it('are dropped by whoever knows them', async () => {
    const name = newName()
    await shared().get(name, 60, () => 'first')
    await shared().drop(name, 'another')
    expect(await shared().get(name, 60, () => 'second')).toBe('first')
    await shared().drop(name, 'first')
    expect(await shared().get(name, 60, () => 'second')).toBe('second')
  })

  it('that cannot be made fail for now', async () => {
    const name = newName()
    const failing = shared().get(name, 60, () => Promise.reject(new Error('no key')))
    await expect(failing).rejects.toThrow('no key')
    expect(await shared().get(name, 60, () => 'value')).toBe('value')
  })
})
