import fc from 'fast-check'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type ChannelsSocket, dial, dialTarget, subscription, trigger } from '../services/channels-socket.ts'
import { canKillRedis, killableRedis } from '../services/fresh-redis.ts'
import { appWith, clustersOn, startInMemory, startOn } from '../services/realtime.ts'

const app = appWith({ clientEvents: true, subscriptionCount: true, watchlist: true })

describe('bad input over Pusher Channels', () => {
  it.each([
    '',
    'x',
    'null',
    '[]',
    '"pusher:ping"',
    '{}',
    '{"event":1}',
    '{"event":{"toString":1}}',
    '{"event":"pusher:subscribe"}',
    '{"event":"pusher:subscribe","data":[]}',
    '{"event":"pusher:subscribe","data":"x"}',
    '{"event":"pusher:subscribe","data":{"channel":{}}}',
    '{"event":"pusher:unsubscribe","data":null}',
    '{"event":"pusher:connection_established"}',
    '{"event":"pusher:unknown","data":{}}',
    '{"event":"pusher_internal:member_added","channel":"presence-x","data":"{}"}',
    '{"event":"__proto__"}',
    '{"event":"toString"}',
    '{"event":"client"}',
    '{"event":"news","channel":"public"}',
    `{"event":"${'x'.repeat(100_000)}"}`,
    '['.repeat(200_000),
  ])('%.60s is answered with an error of code null', async (text) => {
    const { nodes } = await startInMemory()
    const client = await dial(nodes[0]!, app)
    client.send(text)
    const errors = await client.rest()
    expect(errors).toMatchObject([{ event: 'pusher:error', data: { code: null } }])
    expect(client.raw.at(-2)!.length).toBeLessThan(500)
  })

  it.each([
    '',
    'x'.repeat(201),
    'a b',
    'ü',
    'a/b',
    'a:b',
    'a#b',
    '#x',
    '#server-to-user-',
    `#server-to-user-${'x'.repeat(256)}`,
    'a\nb',
    'a\n',
    '\0',
    '\ud800',
    'private-*',
  ])('the channel name %j is refused', async (channel) => {
    const { nodes } = await startInMemory()
    const client = await dial(nodes[0]!, app)
    client.send(subscription(app, client.id, channel))
    expect(await client.rest()).toMatchObject([{ event: 'pusher:subscription_error', data: { status: 400 } }])
    expect(await nodes[0]!.hub.roster.size(`channels:${app.id}`)).toBe(0)
  })

  it.each(['x'.repeat(200), '-_=@,.;', 'presence', '0'])('the channel name %s is taken', async (channel) => {
    const { nodes } = await startInMemory()
    await (await dial(nodes[0]!, app)).joins(channel)
  })

  it('a huge message closes its own connection alone', async () => {
    const { nodes } = await startInMemory()
    const [client, other] = [await dial(nodes[0]!, app), await dial(nodes[0]!, app)]
    client.send('x'.repeat(256 * 1024 + 1))
    expect(await client.closed).toMatch(/^1009/)
    expect(await other.rest()).toEqual([])
  })

  it('10,000 subscriptions on one connection end at 1,000, and disturb no other client', async () => {
    const { nodes } = await startInMemory()
    const [client, other] = [await dial(nodes[0]!, app), await dial(nodes[0]!, app)]
    await other.joins('news')
    for (let n = 0; n < 10_000; n++) client.send(subscription(app, client.id, `private-${n}`))
    await other.rest()
    const refused = await client.hears('pusher:subscription_error')
    expect(refused).toMatchObject({ channel: 'private-1000', data: { type: 'LimitReached', status: 403 } })
    await client.hears('pusher:subscription_error', 'private-9999')
    await trigger(nodes[0]!, app, { channel: 'news' })
    await other.hears('news')
    expect(await nodes[0]!.hub.roster.size(`channels:${app.id}`)).toBe(1001)
    client.send({ event: 'pusher:unsubscribe', data: { channel: 'private-0' } })
    await client.joins('private-last')
    client.end()
    await expect.poll(() => nodes[0]!.hub.roster.size(`channels:${app.id}`)).toBe(1)
  })

  it('messages that pile up behind a slow one close their connection with 4100', async () => {
    const servers = await startInMemory()
    const [node] = servers.nodes
    const [client, flood, other] = [await dial(node!, app), await dial(node!, app), await dial(node!, app)]
    const { promise, resolve } = Promise.withResolvers<void>()
    const join = servers.nodes[0]!.cluster.roster.join
    servers.nodes[0]!.cluster.roster.join = async (...args) => {
      await promise
      return join(...args)
    }
    client.send({ event: 'pusher:subscribe', data: { channel: 'slow' } })
    for (let n = 0; n < 20; n++) client.send('x'.repeat(250_000))
    expect(await client.closed).toMatch(/^4100 /)
    flood.send({ event: 'pusher:subscribe', data: { channel: 'slow' } })
    for (let n = 0; n < 100_000; n++) flood.send('1')
    expect(await flood.closed).toMatch(/^4100 /)
    resolve()
    expect(await other.rest()).toEqual([])
    await expect.poll(() => servers.nodes[0]!.hub.roster.size(`channels:${app.id}`)).toBe(0)
  })

  it('2,000 connections that arrive and leave at once leave nothing behind', async () => {
    const { nodes } = await startInMemory()
    const other = await dial(nodes[0]!, app)
    const comeAndGo = async (n: number) => {
      const client = await dial(nodes[0]!, app)
      client.send(subscription(app, client.id, 'presence-x', { user_id: n }))
      client.end()
      await client.closed
    }
    for (let some = 0; some < 20; some++) await Promise.all(Array.from({ length: 100 }, (_, n) => comeAndGo(n)))
    await expect.poll(() => nodes[0]!.hub.connections.count(app.id)).toBe(1)
    await expect.poll(() => nodes[0]!.hub.roster.size(`channels:${app.id}`)).toBe(0)
    expect(await other.rest()).toEqual([])
  })

  it('no text whatsoever crashes the server, or touches another connection', async () => {
    const { nodes } = await startInMemory()
    const other = await dial(nodes[0]!, app)
    await other.joins('news')
    let client: ChannelsSocket | undefined
    let over = ''
    const send = async (text: string) => {
      if (!client || over) {
        over = ''
        client = await dial(nodes[0]!, app)
        void client.closed.then((end) => (over = end))
      }
      client.send(text)
      const end = await Promise.race([client.closed, client.rest().then(() => '')])
      expect(end).toMatch(/^$|^4009 /)
      over = end
    }
    await fc.assert(fc.asyncProperty(anyFrame(), send), { numRuns: 1000 })
    await trigger(nodes[0]!, app, { channel: 'news' })
    await other.hears('news')
    expect(other.heard.filter(({ event }) => event === 'pusher:error')).toEqual([])
  })
})

describe.skipIf(!canKillRedis)('Redis that goes while clients of Pusher Channels are connected', () => {
  it('closes clients that request something with 4100, and leaves no ghost', async () => {
    const redis = await killableRedis()
    onTestFinished(() => redis.drop())
    const { pair } = await startOn(await clustersOn(redis, 2), [app])
    const [client, signing, idle] = [await dial(pair[0], app), await dial(pair[1], app), await dial(pair[0], app)]
    await client.joins('presence-x', { user_id: 'ada' })
    await idle.joins('presence-x', { user_id: 'bob' })
    await redis.kill()
    client.send(subscription(app, client.id, 'presence-y', { user_id: 'ada' }))
    signing.signsIn('ada').catch(() => {})
    expect(await client.closed).toMatch(/^4100 /)
    expect(await signing.closed).toMatch(/^4100 /)
    expect(await dialTarget(pair[0], `/app/${app.key}?protocol=7`).closed).toMatch(/^4100 /)
    await redis.restart()
    await waitFor(async () => (await pair[1].hub.roster.view(`channels:${app.id}:presence-x`)).members.has('bob'), {
      timeout: 15_000,
    })
    const back = await waitFor(() => dial(pair[1], app))
    const { data } = await back.joins('presence-x', { user_id: 'cy' })
    expect(data).toMatchObject({ presence: { count: 2 } })
    await idle.hears('pusher_internal:member_added')
    expect(idle.heard.filter(({ event }) => event === 'pusher_internal:member_removed')).toHaveLength(1)
  })
})

/** Text of any kind, JSON of any shape, and what nearly is a message that the protocol knows. */
function anyFrame(): fc.Arbitrary<string> {
  const anything = fc.jsonValue()
  const event = fc
    .constantFrom('subscribe', 'unsubscribe', 'signin', 'ping', 'pong', 'error')
    .map((name) => `pusher:${name}`)
  const channel = fc.oneof(fc.constantFrom('a', 'private-a', 'presence-a', 'cache-a', '#server-to-user-a'), anything)
  const words = fc.oneof(fc.constant('{"id":"a","user_id":1}'), fc.json(), anything)
  const data = fc.record({ channel, auth: words, channel_data: words, user_data: words }, { requiredKeys: [] })
  const message = fc.record(
    {
      event: fc.oneof(
        event,
        fc.string().map((name) => `client-${name}`),
        anything,
      ),
      channel,
      data: fc.oneof(
        data,
        data.map((value) => JSON.stringify(value)),
        anything,
      ),
    },
    { requiredKeys: [] },
  )
  return fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.json(),
    message.map((value) => JSON.stringify(value)),
  )
}
