import { beforeAll, beforeEach, expect, it, onTestFinished } from 'vitest'
import { createApi } from '@carillon/api'
import { waitFor } from '@carillon/testkit'
import { onEveryBackend } from './backends.ts'
import { addPusher } from './bells.ts'

const TIMES = { lease: 60, kept: 3600 }
const OK = { status: 200, body: '{"result":"OK"}' }
const schedat = String(Math.floor(Date.now() / 1000) + 3600)

onEveryBackend('an Idempotency-Key', (current) => {
  let key: string
  let api: ReturnType<typeof createApi>
  const keys = () => current().services.store.idempotency
  const of = (holder: string, request = 'a') => ({ app: 1, key, request, holder })

  beforeAll(async () => {
    const { store, ...services } = current().services
    const firstApp = await store.apps.ensureFirst({ id: 1 })
    const parts = { ...store, ...services, firstApp, pushKey: async () => '' }
    api = createApi({ ...parts, open: true, defaultTtl: 3600, version: '0' })
    await addPusher(current().services, 'lupino', ['bell'])
  })
  beforeEach(() => {
    key = crypto.randomUUID()
  })

  async function post(path: string, form: Record<string, string>, idempotencyKey?: string) {
    const headers = { ...(idempotencyKey !== undefined && { 'idempotency-key': idempotencyKey }) }
    const response = await api.request(path, { method: 'POST', headers, body: new URLSearchParams(form) })
    return { status: response.status, json: await response.json() }
  }

  it.each([
    ['/pusher/bell/push', 'bell', { pusher: 'lupino', data: 'once', schedat }],
    ['/pusher/horn/pushall', 'pushall', { data: 'once', schedat }],
  ])('has %s done once, and answered the same', async (path, sender, form) => {
    const first = await post(path, form, key)
    expect(first).toMatchObject({ status: 200 })
    const { name } = first.json as { name: string }
    expect(await post(`/pusher/${sender}/cancelpush`, { name })).toMatchObject({ status: 200 })
    expect(await post(path, form, key)).toEqual(first)
    expect(await post(`/pusher/${sender}/cancelpush`, { name })).toMatchObject({ status: 404 })
    expect(await post(path, { ...form, data: 'twice' }, key)).toMatchObject({
      status: 409,
      json: { code: 'idempotency_key_reused' },
    })
  })

  it('is claimed by one of many callers', async () => {
    const claims = await Promise.all(Array.from({ length: 20 }, (_, index) => keys().claim(of(`${index}`), TIMES)))
    expect(claims.filter(({ is }) => is === 'first')).toHaveLength(1)
    expect(claims.filter(({ is }) => is === 'in_flight')).toHaveLength(19)
  })

  it('belongs to one app', async () => {
    await keys().claim(of('one'), TIMES)
    expect(await keys().claim({ ...of('two'), app: 2 }, TIMES)).toEqual({ is: 'first' })
  })

  it('goes on to another caller when its process died, and no longer heeds the first', async () => {
    await keys().claim(of('dead'), { ...TIMES, lease: 0.05 })
    await waitFor(async () => (await keys().claim(of('heir'), TIMES)).is === 'first')
    await keys().keep(of('dead'), { status: 200, body: 'late' })
    await keys().release(of('dead'))
    expect(await keys().claim(of('third'), TIMES)).toEqual({ is: 'in_flight' })
    await keys().keep(of('heir'), OK)
    expect(await keys().claim(of('third'), TIMES)).toEqual({ is: 'answered', answer: OK })
  })

  it('stays with its request when the process died', async () => {
    await keys().claim(of('dead'), { ...TIMES, lease: 0 })
    expect(await keys().claim(of('other', 'b'), TIMES)).toEqual({ is: 'reused' })
  })

  it('is free when it is released, and when it expired', async () => {
    await keys().claim(of('one'), TIMES)
    await keys().release(of('one'))
    expect(await keys().claim(of('two', 'b'), { ...TIMES, kept: 0.05 })).toEqual({ is: 'first' })
    await keys().keep(of('two', 'b'), OK)
    await waitFor(async () => (await keys().claim(of('three'), TIMES)).is === 'first')
  })

  it('is removed in small steps when it expired', async () => {
    const used = ['a', 'b', 'c'].map((letter) => ({ ...of('one'), key: `${key}-${letter}` }))
    onTestFinished(() => Promise.all(used.map((one) => keys().release(one))).then(() => {}))
    for (const one of used) await keys().claim(one, { ...TIMES, kept: 0 })
    await keys().claim(of('kept'), TIMES)
    expect(await keys().removeExpired(2)).toBe(2)
    expect(await keys().removeExpired(2)).toBe(1)
    expect(await keys().claim(of('other'), TIMES)).toEqual({ is: 'in_flight' })
  })
})
