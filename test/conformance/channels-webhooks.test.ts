import { createHmac } from 'node:crypto'
import Pusher from 'pusher'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { App, Callback } from '@carillon/contract'
import { fakeProvider, waitFor } from '@carillon/testkit'
import { webhooks } from '../../packages/protocol-channels/webhooks.ts'
import { hasRedis } from '../services/fresh-redis.ts'
import { inMemory, overRedis, type Stage, stageOn, subscriber } from './channels-stage.ts'
import { appWith } from '../services/realtime.ts'

type Event = Record<string, unknown>

const anyone = { url: 'https://hooks.test/all', events: [] }

function eventsOf(callbacks: Callback[], url = anyone.url): Event[] {
  const bodies = callbacks.filter((each) => each.url === url).map(({ body }) => JSON.parse(body) as { events: Event[] })
  return bodies.flatMap(({ events }) => events)
}

describe('what lasted on channels, in memory', () => {
  exerciseChanges(async (app) => stageOn(inMemory(), app))
})

describe.skipIf(!hasRedis)('what lasted on channels, over Redis', () => {
  exerciseChanges(async (app) => stageOn(await overRedis(), app))

  it('subscription_count: sent once, and to those who are left, when a process dies', async () => {
    const clusters = await overRedis()
    const { nodes, callbacks } = await stageOn(clusters, appWith({ webhooks: [anyone], subscriptionCount: true }))
    const stays = await subscriber(nodes[0], ['news', 'presence-room'], 'stays')
    await subscriber(nodes[1], ['news', 'empty', 'presence-room', '#server-to-user-ann'])
    const counts = () => eventsOf(callbacks).filter(({ name }) => name === 'subscription_count')
    await clusters[1].close() // its connections have not gone: nobody takes leave
    const vacated = { name: 'channel_vacated', channel: 'empty' }
    await waitFor(() => eventsOf(callbacks).some(({ name }) => name === vacated.name), { timeout: 15_000 })
    expect(counts().toSorted((a, b) => Number(a.subscription_count) - Number(b.subscription_count))).toEqual([
      { name: 'subscription_count', channel: 'empty', subscription_count: 0 },
      { name: 'subscription_count', channel: 'news', subscription_count: 1 },
    ])
    const told = { event: 'pusher_internal:subscription_count', channel: 'news', data: '{"subscription_count":1}' }
    expect(stays.heard.filter(({ event }) => event === told.event)).toEqual([told])
  })
})

function exerciseChanges(open: (app: App) => Promise<Stage>): void {
  it('channel_occupied, channel_vacated: sent once, for the first and the last across all nodes', async () => {
    const { nodes, callbacks } = await open(appWith({ webhooks: [anyone] }))
    const [ann, bob] = [
      await subscriber(nodes[0], ['news', '#server-to-user-ann']),
      await subscriber(nodes[1], ['news', '#server-to-user-ann']),
    ]
    await nodes[0].namespace.leave(ann)
    await nodes[1].namespace.leave(bob)
    await waitFor(() => eventsOf(callbacks).length === 2, { timeout: 15_000 })
    expect(eventsOf(callbacks)).toEqual([
      { name: 'channel_occupied', channel: 'news' },
      { name: 'channel_vacated', channel: 'news' },
    ])
  })

  it('member_added, member_removed: sent once for a user, and not for one who reconnects at once', async () => {
    const { nodes, callbacks } = await open(appWith({ webhooks: [anyone] }))
    await subscriber(nodes[0], ['presence-room'], 'stays')
    const tabs = [
      { node: nodes[0], ear: await subscriber(nodes[0], ['presence-room'], '1') },
      { node: nodes[1], ear: await subscriber(nodes[1], ['presence-room'], '1') },
    ]
    for (const { node, ear } of tabs) await node.namespace.leave(ear)
    const back = await subscriber(nodes[1], ['presence-room'], '1')
    await nodes[1].namespace.leave(back)
    await waitFor(() => eventsOf(callbacks).some(({ name }) => name === 'member_removed'), { timeout: 15_000 })
    expect(eventsOf(callbacks).filter(({ user_id }) => user_id === '1')).toEqual([
      { name: 'member_added', channel: 'presence-room', user_id: '1' },
      { name: 'member_removed', channel: 'presence-room', user_id: '1' },
    ])
    const occupied = eventsOf(callbacks).filter(({ name }) => String(name).startsWith('channel_'))
    expect(occupied).toEqual([{ name: 'channel_occupied', channel: 'presence-room' }])
  })
}

describe('what the other side tells', () => {
  /** Webhooks of an app, as the socket side has them. */
  async function telling(app: App) {
    const stage = await stageOn(inMemory(), app)
    const errors: unknown[] = []
    const callbacks: Callback[] = []
    const faults = { post: false }
    const told = webhooks(
      {
        hub: stage.nodes[0].hub,
        apps: { byId: async (id) => (id === app.id ? app : null), byKey: async () => null },
        callbacks: {
          async post(some) {
            if (faults.post) throw Object.assign(new Error('away'), { code: 'EAWAY' })
            callbacks.push(...some)
          },
        },
        log: { debug() {}, info() {}, warn() {}, error: (...each) => errors.push(each) },
      },
      stage.nodes[0].namespace,
    )
    return { told, callbacks, errors, faults }
  }

  const clientEvent = {
    name: 'client_event',
    channel: 'presence-room',
    event: 'client-typing',
    data: '{"in":"bold"}',
    socket_id: '1.1',
    user_id: 'ann',
  } as const
  const cacheMiss = { name: 'cache_miss', channel: 'cache-a' } as const
  const count = { name: 'subscription_count', channel: 'news', subscription_count: 3 } as const

  it('posts client_event, cache_miss and subscription_count of one tick together, as they happened', async () => {
    const { told, callbacks } = await telling(appWith({ webhooks: [anyone] }))
    const before = Date.now()
    for (const event of [clientEvent, cacheMiss, count]) told.notify(3, event)
    await waitFor(() => callbacks.length > 0)
    const [callback] = callbacks
    expect(callback).toMatchObject({ app: 3, url: anyone.url, within: 300 })
    const { time_ms, events } = JSON.parse(callback!.body) as { time_ms: number; events: Event[] }
    expect(events).toEqual([clientEvent, cacheMiss, count])
    expect(time_ms >= before && time_ms <= Date.now()).toBe(true)
    told.notify(3, count)
    await told.stop()
    expect(callbacks).toHaveLength(2)
  })

  it.each([
    ['none', [], ['client_event', 'cache_miss', 'subscription_count']],
    ['*', ['*'], ['client_event', 'cache_miss', 'subscription_count']],
    ['one', ['cache_miss'], ['cache_miss']],
    ['two', ['subscription_count', 'client_event'], ['client_event', 'subscription_count']],
    ['others', ['channel_occupied'], []],
  ])('tells a webhook that names %s', async (_, events, heard) => {
    const webhook = { url: 'https://hooks.test/some', events }
    const { told, callbacks } = await telling(appWith({ webhooks: [webhook] }))
    for (const event of [clientEvent, cacheMiss, count]) told.notify(3, event)
    await told.stop()
    expect(eventsOf(callbacks, webhook.url).map(({ name }) => name)).toEqual(heard)
  })

  it('tells a URL that stands there twice once, and each other URL by itself', async () => {
    const [twice, other] = ['https://hooks.test/twice', 'https://hooks.test/other']
    const { told, callbacks } = await telling(
      appWith({
        webhooks: [
          { url: twice, events: ['cache_miss', 'client_event'] },
          { url: other, events: ['client_event'] },
          { url: twice, events: ['cache_miss'] },
        ],
      }),
    )
    for (const event of [clientEvent, cacheMiss]) told.notify(3, event)
    await told.stop()
    expect(callbacks.map(({ url }) => url)).toEqual([twice, other])
    expect(eventsOf(callbacks, twice)).toEqual([clientEvent, cacheMiss])
    expect(eventsOf(callbacks, other)).toEqual([clientEvent])
  })

  it('posts at most 100 events at once', async () => {
    const { told, callbacks } = await telling(appWith({ webhooks: [anyone] }))
    for (let n = 0; n < 250; n++) told.notify(3, { ...count, subscription_count: n })
    await told.stop()
    const bodies = callbacks.map(({ body }) => (JSON.parse(body) as { events: Event[] }).events)
    expect(bodies.map(({ length }) => length)).toEqual([100, 100, 50])
    expect(bodies.flat().map(({ subscription_count }) => subscription_count)).toEqual([...Array(250).keys()])
  })

  it('posts nothing of an app that is disabled or gone, or that has no webhooks', async () => {
    const app = appWith({ webhooks: [anyone] })
    const { told, callbacks } = await telling(app)
    told.notify(4, count)
    await told.stop()
    app.enabled = false
    told.notify(3, count)
    await told.stop()
    Object.assign(app, { enabled: true, settings: {} })
    told.notify(3, count)
    await told.stop()
    expect(callbacks).toEqual([])
  })

  it('reports what cannot be stored, and goes on', async () => {
    const { told, callbacks, errors, faults } = await telling(appWith({ webhooks: [anyone] }))
    faults.post = true
    told.notify(3, clientEvent)
    await told.stop()
    expect(errors).toEqual([[{ code: 'EAWAY' }, 'webhooks could not be stored']])
    faults.post = false
    told.notify(3, count)
    await told.stop()
    expect(eventsOf(callbacks)).toEqual([count])
  })

  it('is valid to the official SDK as it arrives, and invalid when a byte of it is changed', async () => {
    const provider = await fakeProvider()
    onTestFinished(() => provider.close())
    const app = appWith({ webhooks: [{ url: `${provider.url}/hook`, events: ['*'] }] })
    const { told, callbacks } = await telling(app)
    told.notify(3, { ...clientEvent, data: '"ü \u2028 \ud83d\ude00"' })
    await told.stop()
    for (const { url, headers, body } of callbacks) await fetch(url, { method: 'POST', headers, body })
    const [arrived] = provider.requests
    expect(arrived?.headers['content-type']).toBe('application/json')
    const sdk = new Pusher({ appId: '3', key: app.key, secret: app.secrets[0]!.secret, host: '127.0.0.1' })
    const headers = arrived!.headers as unknown as Record<string, string>
    const webhook = sdk.webhook({ headers, rawBody: arrived!.body })
    expect(webhook.isValid()).toBe(true)
    expect(webhook.getEvents()).toEqual([{ ...clientEvent, data: '"ü \u2028 \ud83d\ude00"' }])
    expect(webhook.getTime().getTime()).toBeLessThanOrEqual(Date.now())
    expect(sdk.webhook({ headers, rawBody: arrived!.body.concat(' ') }).isValid()).toBe(false)
  })

  it('is signed with the secret that is to be retired, as long as receivers may know no other', async () => {
    const app = appWith({ webhooks: [anyone] })
    app.secrets = [{ id: 9, secret: 'new', createdAt: 9 }, ...app.secrets]
    const { told, callbacks } = await telling(app)
    const signedWith = (secret: string, { body }: Callback) => createHmac('sha256', secret).update(body).digest('hex')
    told.notify(3, count)
    await told.stop()
    expect(callbacks[0]?.headers['X-Pusher-Key']).toBe(app.key)
    expect(callbacks[0]?.headers['X-Pusher-Signature']).toBe(signedWith('7ad3773142a6692b25b8', callbacks[0]!))
    app.secrets = app.secrets.filter(({ id }) => id === 9)
    told.notify(3, count)
    await told.stop()
    expect(callbacks[1]?.headers['X-Pusher-Signature']).toBe(signedWith('new', callbacks[1]!))
  })
})
