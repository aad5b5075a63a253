import fc from 'fast-check'
import { createApi } from '@carillon/api'
import { type HttpServer, listen } from '@carillon/http'
import { type CarillonClient, createClient, signRequest } from '@carillon/client'
import type { App } from '@carillon/contract'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { onEveryBackend } from './backends.ts'

const ADMIN = { account: 'admin', password: 'a password' }
const DATA = '{"subject": "subject", "text": "text"}'
const later = () => ({ schedat: Math.floor(Date.now() / 1000) + 3600 })

onEveryBackend('the API', (current) => {
  let api: HttpServer
  let firstApp: App
  beforeAll(async () => {
    const { store, ...services } = current().services
    firstApp = await store.apps.ensureFirst({ id: 1, key: 'demo', secret: 's3cret' })
    const parts = { ...store, ...services, firstApp, admin: ADMIN, pushKey: async () => '' }
    api = await listen(createApi({ ...parts, open: false, defaultTtl: 3600, version: '0' }), {
      host: '127.0.0.1',
      port: 0,
    })
  })
  afterAll(async () => {
    await api.close()
  })

  const url = (path = '') => `http://127.0.0.1:${api.port}${path}`

  function clientOf({ key, secrets }: App, signature: 'v1' | 'v2' = 'v2'): CarillonClient {
    const client = createClient({ url: url(), key, secret: secrets.at(-1)?.secret, signature })
    onTestFinished(client.close)
    return client
  }

  async function administer(method: string, path: string, body: object): Promise<{ app: App }> {
    const authorization = `Basic ${btoa(`${ADMIN.account}:${ADMIN.password}`)}`
    const headers = { authorization, 'content-type': 'application/json' }
    const response = await fetch(url(path), { method, headers, body: JSON.stringify(body) })
    expect(response.ok).toBe(true)
    return (await response.json()) as { app: App }
  }

  describe.each(['v1', 'v2'] as const)('signed by %s', (version) => {
    const ids = ['lupino', '.', '..', '/', 'a/b c+%2F', '李雷 😀']

    it.each(ids)('keeps the pusher %j, from first to last', async (id) => {
      const client = clientOf(firstApp, version)
      await client.addPusher(id, { email: 'a@example.com', createdAt: 1_456_403_493 })
      await client.addTag(id, id)
      await client.addSender('sendmail', id)
      await client.addPusher(id, { nickname: 'L' })
      await client.updatePusher(id, { phoneNumber: '1', email: '' })
      const pusher = await client.getPusher(id)
      expect(pusher).toMatchObject({
        id,
        email: 'a@example.com',
        nickname: 'L',
        phoneNumber: '1',
        createdAt: 1_456_403_493,
      })
      expect(pusher).toMatchObject({ senders: ['sendmail'], tags: [id] })
      await client.removeTag(id, id)
      await client.removeSender('sendmail', id)
      expect(await client.getPusher(id)).toMatchObject({ senders: [], tags: [] })
      await client.removePusher(id)
      expect(await client.getPusher(id)).toBeNull()
    })

    it('pushes, and cancels', async () => {
      const client = clientOf(firstApp, version)
      await client.addPusher(`one-${version}`)
      await client.addSender('sendmail', `one-${version}`)
      const name = await client.push('sendmail', `one-${version}`, DATA, later())
      expect(await client.push('sendmail', `one-${version}`, DATA, later())).toBe(name)
      await client.cancelPush('sendmail', name)
      await expect(client.cancelPush('sendmail', name)).rejects.toMatchObject({ status: 404, code: 'push_not_found' })
      await expect(client.push('gong', `one-${version}`, DATA)).rejects.toMatchObject({ status: 406 })
    })

    it('broadcasts, and cancels', async () => {
      const client = clientOf(firstApp, version)
      const name = await client.pushAll(`horn-${version}`, '{"subject":"news"}', { tag: 'vip', ...later() })
      expect(name).toMatch(/^horn-v\d_[0-9a-f]{32}$/)
      await client.cancelPush('pushall', name)
      await expect(client.cancelPush('pushall', name)).rejects.toMatchObject({ code: 'broadcast_not_found' })
    })
  })

  it('lists and searches, newest first', async () => {
    const client = clientOf((await administer('POST', '/v1/apps', { name: 'lists' })).app)
    for (const index of [1, 2, 3]) await client.addPusher(`p${index}`, { createdAt: index, nickname: 'Many' })
    const list = await client.getPushers({ from: 1, size: 1 })
    expect(list).toMatchObject({ total: 3, pushers: [{ id: 'p2' }] })
    expect((await client.getPushers({ after: 'p2' })).pushers).toMatchObject([{ id: 'p1' }])
    expect((await client.searchPusher('nickname:many createdAt:>5')).pushers).toMatchObject([{}, {}, {}])
    await expect(client.searchPusher('"unfinished')).rejects.toMatchObject({ status: 400, code: 'bad_query' })
  })

  it('pauses a sender, and lets it go on', async () => {
    const client = clientOf((await administer('POST', '/v1/apps', { name: 'pauses' })).app)
    await client.addPusher('lupino')
    await client.push('bell', 'lupino', 'x', { force: true })
    await client.pauseSender('bell')
    expect(await client.getSenders()).toMatchObject([{ name: 'bell', paused: true, waiting: 1 }])
    await client.resumeSender('bell')
    expect(await client.getSenders()).toMatchObject([{ name: 'bell', paused: false }])
  })

  it('tells what became of a push, and replays only the dead', async () => {
    const client = clientOf((await administer('POST', '/v1/apps', { name: 'history' })).app)
    await client.addPusher('lupino')
    const name = await client.push('bell', 'lupino', 'x', { force: true, ...later() })
    const [push] = await client.getPushes({ pusher: 'lupino', state: 'waiting', size: 1 })
    expect(push).toMatchObject({ name, sender: 'bell', state: 'waiting' })
    const { timeline, ...record } = (await client.getPush(push!.id))!
    expect([record, timeline.map(({ event }) => event)]).toEqual([push, ['accepted', 'scheduled']])
    expect(await client.getPush('999999999')).toBeNull()
    expect(await clientOf(firstApp).getPush(push!.id)).toBeNull()
    await expect(client.replayPush(push!.id)).rejects.toMatchObject({ status: 409, code: 'conflict' })
    await expect(client.replayPush('999999999')).rejects.toMatchObject({ status: 404, code: 'push_not_found' })
    expect(await client.replayDead({ sender: 'bell' })).toBe(0)
  })

  it('accepts a thousand pushes in one call, each for itself', async () => {
    const client = clientOf(firstApp)
    await client.addPusher('thousand')
    const pushes = Array.from({ length: 999 }, (_, index) => ({
      sender: 'drum',
      pusher: 'thousand',
      data: `${index}`,
      force: true,
      ...later(),
    }))
    const results = await client.pushMany([...pushes, { sender: 'drum', pusher: 'nobody', data: 'x' }])
    expect(results).toHaveLength(1000)
    expect(results.slice(0, -1).every((result) => 'result' in result && result.result === 'OK')).toBe(true)
    expect(results.at(-1)).toMatchObject({ code: 'pusher_not_found', status: 404 })
  })

  it('keeps apps apart, and refuses one that is disabled or whose secret is retired', async () => {
    const { app } = await administer('POST', '/v1/apps', { name: 'other', v2Only: true })
    const client = clientOf(app)
    await clientOf(firstApp).addPusher('apart')
    expect(await client.getPusher('apart')).toBeNull()
    await expect(clientOf(app, 'v1').getPushers()).rejects.toMatchObject({ code: 'signature_version_refused' })
    const path = `/v1/apps/${app.id}`
    const added = await administer('PATCH', path, { addSecret: '' })
    await administer('PATCH', path, { retireSecret: app.secrets[0]?.id })
    const renewed = clientOf(added.app)
    await expect
      .poll(() => client.getPushers().catch(({ code }) => code), { timeout: 5000 })
      .toBe('invalid_request_signature')
    await renewed.getPushers()
    await administer('PATCH', path, { enabled: false })
    await expect.poll(() => renewed.getPushers().catch(({ code }) => code), { timeout: 5000 }).toBe('forbidden')
  })

  it('takes a nonce once', async () => {
    const credentials = { key: 'demo', secret: 's3cret' }
    const headers = signRequest({
      ...credentials,
      method: 'GET',
      pathAndQuery: '/pusher/pushers/',
      nonce: crypto.randomUUID(),
    })
    expect((await fetch(url('/pusher/pushers/'), { headers })).status).toBe(200)
    const replay = await fetch(url('/pusher/pushers/'), { headers })
    expect([replay.status, await replay.json()]).toMatchObject([401, { code: 'nonce_used' }])
  })

  it('is ready', async () => {
    expect(await (await fetch(url('/readyz'))).json()).toEqual({ ok: true })
  })

  it('never fails, whatever it receives', { timeout: 120_000 }, async () => {
    const value = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.integer(),
      fc.constantFrom('', '\0', 'lupino', '-1', 'a:b'),
    )
    const names = fc.constantFrom(
      'pusher',
      'data',
      'email',
      'createdAt',
      'schedat',
      'attributes',
      'quietHours',
      'timezone',
      'name',
      'tag',
      'ttl',
      'force',
    )
    const word = fc.oneof(
      fc.constantFrom('sendmail', 'push', 'pushers', '%2e', 'replay', '1'),
      fc.string({ unit: 'binary' }).map(encodeLoosely),
    )
    const paths = fc.tuple(
      fc.constantFrom('/pusher/pushers', '/pusher/sendmail', '/pusher/search', '/v1/senders', '/v1/pushes', '/v1/dead'),
      fc.array(word, { maxLength: 2 }),
    )
    const query = fc.dictionary(fc.constantFrom('q', 'from', 'size', 'after', 'state', 'broadcast'), value)
    const requests = fc.record({
      paths,
      query,
      method: fc.constantFrom('GET', 'POST', 'DELETE'),
      fields: fc.dictionary(names, value),
    })
    await fc.assert(
      fc.asyncProperty(requests, async ({ paths: [base, words], query: parameters, method, fields }) => {
        const pathAndQuery = `${[base, ...words].join('/')}?${asForm(parameters)}`
        expect(await statusOf(method, new URL(url(pathAndQuery)), JSON.stringify(fields))).toBeLessThan(500)
      }),
      { numRuns: 300 },
    )
  })

  /** As the URL is sent, dots resolved. */
  async function statusOf(method: string, { href, pathname, search }: URL, json: string): Promise<number> {
    const body = method === 'GET' ? '' : json
    const headers = signRequest({ key: 'demo', secret: 's3cret', method, pathAndQuery: pathname + search, body })
    const type = { 'content-type': 'application/json' }
    return (await fetch(href, { method, headers: { ...headers, ...type }, ...(body && { body }) })).status
  }
})

function encodeLoosely(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

function asForm(fields: Record<string, unknown>): string {
  return new URLSearchParams(
    Object.entries(fields).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString()
}
