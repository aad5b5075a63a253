import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { signRequest } from '@carillon/client'
import { waitFor } from '@carillon/testkit'
import { connect, createApi, createWorker, requestListener, type Services, standardSenders } from 'carillon'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { newDataDir } from '../services/data-dir.ts'

let carillon: Services
let folder: string
beforeAll(async () => {
  folder = await newDataDir()
  carillon = await connect({ dataDir: folder })
})
afterAll(async () => {
  await carillon.close()
  await rm(folder, { recursive: true })
})

const pushers = '/pusher/pushers/'
const signed = (key: string, secret: string) => ({
  headers: signRequest({ method: 'GET', pathAndQuery: pushers, key, secret }),
})

describe('createApi', () => {
  it('requires signatures, of the configured app and of those in the database', async () => {
    const api = await createApi(carillon, { key: 'shop', secret: 's3cret' })
    const { key, secrets } = await carillon.store.apps.create({ name: 'second' })
    expect((await api.request(pushers)).status).toBe(401)
    expect((await api.request(pushers, signed('shop', 's3cret'))).status).toBe(200)
    expect((await api.request(pushers, signed('shop', 'guess'))).status).toBe(401)
    expect((await api.request(pushers, signed(key, secrets[0]!.secret))).status).toBe(200)
  })

  it('says so when the first app gets another key', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const said = () => warn.mock.calls.filter((call) => /the previous key are refused/.test(JSON.stringify(call)))
    for (const key of ['shop', 'market', 'market']) await createApi(carillon, { key, secret: 's3cret' })
    expect(said()).toHaveLength(1)
    expect(JSON.stringify(said())).not.toContain('s3cret')
  })

  it('warns while other secrets of the first app than the given one are valid', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const said = () => warn.mock.calls.filter((call) => /secrets besides APP_SECRET/.test(JSON.stringify(call)))
    await createApi(carillon, { key: 'market', secret: 's3cret' })
    const others = said()
    const { id } = (await carillon.store.apps.change(1, { addSecret: 'another' })).secrets.at(-1)!
    await createApi(carillon, { key: 'market', secret: 's3cret' })
    expect(said()).toHaveLength(others.length + 1)
    expect(said().at(-1)![1]).toMatchObject({ app: 1, secretIds: expect.arrayContaining([id]) as number[] })
    expect(JSON.stringify(said())).not.toContain('another')
  })

  it('requires none if it is configured so, as on loopback', async () => {
    const api = await createApi(carillon, { open: true })
    expect((await api.request(pushers, { headers: { host: 'localhost' } })).status).toBe(200)
  })

  it('admits the configured administrator, and nobody otherwise', async () => {
    const headers = { Authorization: `Basic ${btoa('root:s3cret')}` }
    const [without, withAdmin] = [
      await createApi(carillon),
      await createApi(carillon, { admin: { account: 'root', password: 's3cret' } }),
    ]
    expect((await without.request('/v1/apps', { headers })).status).not.toBe(200)
    expect((await withAdmin.request('/v1/apps', { headers })).status).toBe(200)
  })

  it.each([{ key: 'shop' }, { secret: 's3cret' }])('refuses half of the credentials', async (half) => {
    await expect(createApi(carillon, half)).rejects.toThrow('key and secret must be given together')
  })
})

describe('createWorker', () => {
  it('runs the standard senders into an outbox that it makes, and names in the log what it cannot run', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    onTestFinished(() => warn.mockRestore())
    const outbox = join(folder, 'mail', 'outbox')
    const bell = { name: 'bell', create: async () => ({ missing: 'set BELL_URL' }) }
    const worker = await createWorker(carillon, { senders: [...standardSenders, bell], outbox })
    onTestFinished(() => worker.stop())
    await carillon.api(1).addPusher('lupino', { email: 'lupino@example.com' })
    await carillon.api(1).push('sendmail', 'lupino', '{"subject":"s","text":"t"}', { force: true })
    await waitFor(async () => (await readdir(outbox)).some((file) => file.endsWith('.eml')))
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('set BELL_URL'), { sender: 'bell' })
  })

  const slow = { count: 20, seconds: 3600 }
  const fast = { count: 1000, seconds: 1 }

  it.each([
    ['it is given', 'drum', fast, { drum: slow }],
    ['its senders declare', 'gong', slow, {}],
  ])('keeps to the rates that %s', async (_, name, rate, rates) => {
    const rung: string[] = []
    const drum = { name, rate, send: async ({ raw }: { raw: string }) => void rung.push(raw) }
    const worker = await createWorker(carillon, { senders: [drum], rates })
    onTestFinished(() => worker.stop())
    await carillon.api(1).addPusher('drummer')
    for (const beat of ['1', '2', '3']) await carillon.api(1).push(name, 'drummer', beat, { force: true })
    await waitFor(() => rung.length === 2)
    await waitFor(
      async () => (await carillon.store.senders.status(1)).find((sender) => sender.name === name)?.active === 0,
    )
    expect(rung).toHaveLength(2)
  })

  it.each([
    { count: 0, seconds: 1 },
    { count: 1.5, seconds: 1 },
    { count: 1, seconds: 0 },
  ])('refuses a rate of %j', async (rate) => {
    const bell = { name: 'bell', send: async () => {} }
    await expect(createWorker(carillon, { senders: [bell], rates: { bell: rate } })).rejects.toThrow('The rate of bell')
  })

  it('refuses two senders of one name', async () => {
    const bell = { name: 'bell', send: async () => {} }
    await expect(createWorker(carillon, { senders: [bell, bell] })).rejects.toThrow('Two senders are called bell')
  })
})

it('requestListener leaves the globals of the process as they are', async () => {
  const { Request: request, Response: response } = globalThis
  requestListener(await createApi(carillon))
  expect(globalThis.Request).toBe(request)
  expect(globalThis.Response).toBe(response)
})

describe('api', () => {
  it('has the calls that docs/embedding.md lists', async () => {
    const page = await readFile(new URL('../../docs/embedding.md', import.meta.url), 'utf8')
    const table = /for the app 1:\n\n(.*?)\n\n/s.exec(page)?.[1] ?? ''
    const listed = [...table.matchAll(/`(\w+)`/g)].map(([, name = '']) => name)
    expect(Object.keys(carillon.api(1)).toSorted()).toEqual(listed.toSorted())
  })

  it('shows what became of its own pushes', async () => {
    const { id } = await carillon.store.apps.create({ name: 'third' })
    const api = carillon.api(id)
    await api.addPusher('ada')
    const name = await api.push('pager', 'ada', 'Call back.', { force: true })
    const [push] = await api.getPushes({ pusher: 'ada' })
    expect(push).toMatchObject({ name, sender: 'pager', state: 'waiting' })
    expect(await api.getPush(push!.id)).toMatchObject({ name, timeline: [{ event: 'accepted' }] })
    expect(await carillon.api(id + 1).getPush(push!.id)).toBeNull()
  })

  it('registers, lists and removes addresses as the HTTP API does', async () => {
    const api = carillon.api((await carillon.store.apps.create({ name: 'fourth' })).id)
    await api.addPusher('ada', { phoneNumber: '+447400123456' })
    const { id } = await api.registerAddress('ada', { kind: 'slack', token: 'C0123456789', label: 'general' })
    expect(await api.getAddresses('ada')).toMatchObject({
      addresses: [{ id, kind: 'slack', label: 'general' }],
      mail: null,
      phone: { address: '+447400123456', blocked: [] },
    })
    await api.removeAddress('ada', id)
    expect(await api.getAddresses('ada')).toMatchObject({ addresses: [] })
    const refused: [() => Promise<unknown>, object][] = [
      [() => api.registerAddress('ada', { kind: 'discord', token: 'http://10.0.0.1/x' }), { code: 'invalid_field' }],
      [() => api.registerAddress('nobody', { kind: 'slack', token: 'C0123456789' }), { code: 'pusher_not_found' }],
      [() => api.removeAddress('ada', 'first'), { code: 'invalid_field', message: 'id must be the id of an address' }],
      [() => api.removeAddress('ada', id), { code: 'address_not_found' }],
    ]
    for (const [call, error] of refused) await expect(call()).rejects.toMatchObject(error)
  })
})
