import { describe, expect, it, onTestFinished } from 'vitest'
import { createClient } from '@carillon/client'
import type { ClientOptions } from '@carillon/client'
import { startVerifyingServer } from '../../../test/services/verifying-server.ts'
import type { Answer, Received } from '../../../test/services/verifying-server.ts'

const secrets = { key: 'demo', secret: '密钥' }

async function start(answer?: (received: Received) => Answer, options: Partial<ClientOptions> = {}) {
  const server = await startVerifyingServer({ ...secrets, ...(answer && { answer }) })
  const client = createClient({ url: server.url, ...secrets, ...options })
  onTestFinished(server.close)
  onTestFinished(client.close)
  return { server, client }
}

const pusher = {
  id: 'lupino',
  email: 'a@example.com',
  nickname: '李雷 😀',
  phoneNumber: '',
  senders: ['sendmail'],
  tags: ['vip'],
  createdAt: 1_456_403_493,
  timezone: 'Asia/Shanghai',
  locale: 'zh-CN',
  attributes: { plan: 'gold' },
}
const data = '{"subject":"s","text":"t"}'

describe('answers', () => {
  it('getPusher gives the pusher', async () => {
    const { client } = await start(() => ({ body: { pusher } }))
    expect(await client.getPusher('lupino')).toEqual(pusher)
  })

  it('lists and searches give pushers and a total', async () => {
    const list = { pushers: [pusher], total: 12_000, totalIsEstimate: true, from: 0, size: 10 }
    const { client } = await start(() => ({ body: list }))
    expect(await client.getPushers()).toEqual(list)
    expect(await client.searchPusher('vip')).toEqual(list)
  })

  it('pushes give their name', async () => {
    const { client } = await start(() => ({ body: { result: 'OK', name: 'lupino_88bf' } }))
    expect(await client.push('sendmail', 'lupino', data)).toBe('lupino_88bf')
    expect(await client.pushAll('sendmail', data)).toBe('lupino_88bf')
  })

  it('pushMany gives one result for each item', async () => {
    const results = [
      { result: 'OK', name: 'lupino_88bf' },
      { err: 'pusher nobody not exists.', code: 'pusher_not_found' },
    ]
    const { client } = await start(() => ({ body: { results } }))
    const items = ['lupino', 'nobody'].map((id) => ({ sender: 'sendmail', pusher: id, data }))
    expect(await client.pushMany(items)).toEqual(results)
  })

  it('getSenders gives the state of each', async () => {
    const senders = [
      {
        name: 'sendmail',
        workers: 1,
        missing: null,
        paused: false,
        waiting: 2,
        delayed: 3,
        active: 4,
        oldestDueAge: 5,
      },
    ]
    const { client } = await start(() => ({ body: { senders } }))
    expect(await client.getSenders()).toEqual(senders)
  })

  it('other calls give nothing', async () => {
    const { client } = await start()
    expect(await client.addPusher('lupino')).toBeUndefined()
    expect(await client.cancelPush('sendmail', 'n')).toBeUndefined()
  })
})

describe('connections', () => {
  it('are kept from call to call, until the client is closed', async () => {
    const { client, server } = await start()
    await client.getSenders()
    await client.addTag('lupino', 'vip')
    expect(server.connections()).toBe(1)
    client.close()
    await client.getSenders()
    expect(server.connections()).toBe(2)
  })

  it('sign every request with its own nonce', async () => {
    const { client, server } = await start()
    await Promise.all(Array.from({ length: 20 }, () => client.getSenders()))
    expect(new Set(server.received.map(({ headers }) => headers['x-request-nonce'])).size).toBe(20)
  })

  it('may take a time that is not a whole number of milliseconds', async () => {
    const { client } = await start(undefined, { timeout: 1.1 }) // 1100.0000000000002 ms
    await client.addTag('lupino', 'vip')
  })

  it('sign nothing without a key', async () => {
    const server = await startVerifyingServer()
    const client = createClient({ url: server.url, key: '', secret: undefined })
    onTestFinished(server.close)
    onTestFinished(client.close)
    await client.push('sendmail', 'lupino', data)
    const names = Object.keys(server.received[0]?.headers ?? {})
    expect(names.filter((name) => name.startsWith('x-'))).toEqual([])
  })

  it.each(['v1', 'v2'] as const)('put the path of the url before every path, signed (%s)', async (signature) => {
    const { server } = await start()
    const client = createClient({ url: `${server.url}/carillon/`, ...secrets, signature })
    onTestFinished(client.close)
    await client.getPushers({ size: 1 })
    expect(server.received[0]?.url).toBe('/carillon/pusher/pushers/?size=1')
  })
})
