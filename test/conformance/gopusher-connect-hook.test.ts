import { type FakeProvider, fakeProvider, waitFor } from '@carillon/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Outbound, OutboundError, type OutboundRequest } from '@carillon/contract'
import { guardedOutbound } from '@carillon/outgoing'
import { askConnectHook } from '../../packages/protocol-gopusher/socket/socket-handler.ts'
import { call, dial, onEveryCluster, refusal, registerApp } from './gopusher-nodes.ts'

onEveryCluster("GoPusher's connect_hook", (current) => {
  let hook: FakeProvider
  beforeAll(async () => {
    hook = await fakeProvider({ body: 'ann' })
  })
  afterAll(() => hook.close())

  it('is asked with a form of the token before a client is admitted, and admits by answering with the user_tag', async () => {
    const app = await registerApp(current(), `${hook.url}/hook?a=b`)
    const client = await dial(current(), `${app.key}/ann?token=t%26%E2%98%83+x?y=z`)
    expect(hook.requests.at(-1)).toMatchObject({
      method: 'POST',
      path: '/hook?a=b',
      body: 'token=t%26%E2%98%83+x%3Fy%3Dz',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    await waitFor(async () => (await call(current(), `GET /api/${app.key}/listonlineuser`)).json.total === 1)
    await call(current(), `POST /api/push/${app.key}`, { form: { content: 'x' }, node: 1 })
    await waitFor(() => client.heard.length === 1)
    await dial(current(), `${app.key}/ann`)
    expect(hook.requests.at(-1)?.body).toBe('token=')
  })

  it('refuses with HTTP 404 and the reason where it answers anything else', async () => {
    const app = await registerApp(current(), hook.url)
    const another = '404 The connect_hook did not confirm this user_tag for the token.'
    expect(await refusal(current(), `${app.key}/bob`)).toBe(another)
    hook.answer({ body: '' })
    expect(await refusal(current(), `${app.key}/ann`)).toBe(another)
    hook.answer({ body: 'ann and more' })
    expect(await refusal(current(), `${app.key}/ann`)).toBe(another)
    hook.answer({ status: 500, body: 'ann' })
    expect(await refusal(current(), `${app.key}/ann`)).toBe('404 The connect_hook answered with status 500.')
    hook.answer({ status: 302, body: 'ann', headers: { location: hook.url } })
    expect(await refusal(current(), `${app.key}/ann`)).toBe('404 The connect_hook answered with status 302.')
    expect((await call(current(), `GET /api/${app.key}/listonlineuser`)).json.total).toBe(0)
  })

  it('refuses pages of origins that the app does not allow with HTTP 403, before the hook is asked', async () => {
    const app = await registerApp(current(), hook.url)
    const { id } = (await current().store.apps.byKey(app.key))!
    await current().store.apps.change(id, { settings: { allowedOrigins: ['https://shop.example.com'] } })
    const asked = hook.requests.length
    const origin = 'https://evil.example'
    expect(await refusal(current(), `${app.key}/ann`, { origin })).toBe(
      '403 Pages of this origin may not connect to this app.',
    )
    expect(hook.requests).toHaveLength(asked)
    await dial(current(), `${app.key}/ann`, 0, { origin: 'https://shop.example.com' })
    await dial(current(), `${app.key}/ann`)
  })

  it('refuses with HTTP 404 and the reason if nobody answers', async () => {
    const gone = await fakeProvider()
    await gone.close()
    const app = await registerApp(current(), gone.url)
    expect(await refusal(current(), `${app.key}/ann`)).toBe(
      '404 The connect_hook did not answer: The URL cannot be reached (ECONNREFUSED).',
    )
    const cut = await registerApp(current(), hook.url)
    hook.answer({ body: 'ann', fault: 'cut' })
    expect(await refusal(current(), `${cut.key}/ann`)).toMatch(/^404 The connect_hook did not answer: The URL/)
  })

  it('makes a user of the user_tag, who hears of sendrealtime as {"e":event,"d":data}', async () => {
    const app = await registerApp(current(), hook.url)
    const arrived: string[] = []
    current().hubs[0].onArrived((id, user) => arrived.push(`${id} ${user}`))
    const client = await dial(current(), `${app.key}/ann`)
    await waitFor(() => arrived.includes(`${app.id} ann`))
    const notifies = (event: string, data: unknown) =>
      current().hubs[1].users.notify(app.id, 'ann', { event, data }, 5000)
    expect(await notifies('order', { id: 7 })).toBe(true)
    expect(await notifies('text', '☃')).toBe(true)
    await waitFor(() => client.heard.length === 2)
    expect(client.heard).toEqual(['{"e":"order","d":{"id":7}}', '{"e":"text","d":"☃"}'])
    await current().hubs[1].users.terminate(app.id, 'ann', 5000)
    expect(await client.closed).toBe('1008 The application ended the connections of this user.')
    await waitFor(async () => !(await notifies('late', null)))
  })

  it('is what a user needs: without one a user_tag is a claim that anyone can make', async () => {
    const app = await registerApp(current())
    const client = await dial(current(), `${app.key}/ann`)
    await waitFor(async () => (await call(current(), `GET /api/${app.key}/listonlineuser`)).json.total === 1)
    expect(await current().hubs[1].users.notify(app.id, 'ann', { event: 'x', data: null }, 1000)).toBe(false)
    expect(client.heard).toEqual([])
  })
})

describe("GoPusher's connect_hook", () => {
  it('has 5 s to answer', async () => {
    const asked: OutboundRequest[] = []
    const never: Outbound = {
      post(request) {
        asked.push(request)
        return Promise.reject(new OutboundError('The server did not answer in time.'))
      },
    }
    await expect(askConnectHook(never, 'http://x', 'token', 'ann')).rejects.toMatchObject({
      status: 404,
      message: 'The connect_hook did not answer: The server did not answer in time.',
    })
    expect(asked.map(({ timeout }) => timeout)).toEqual([5000])
  })

  it('may not lead to a private address', async () => {
    const hook = await fakeProvider({ body: 'ann' })
    const outbound = guardedOutbound({ allowPrivate: false })
    await expect(askConnectHook(outbound, hook.url, 'token', 'ann')).rejects.toMatchObject({
      status: 404,
      message: expect.stringContaining('private address'),
    })
    expect(hook.requests).toEqual([])
    await outbound.close()
    await hook.close()
  })
})
