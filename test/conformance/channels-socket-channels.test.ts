import { expect, it } from 'vitest'
import { dial, subscription, trigger } from '../services/channels-socket.ts'
import { appWith, onEveryCluster } from '../services/realtime.ts'

const app = appWith({ clientEvents: true })
const ada = { user_id: 'ada', user_info: { name: 'Ada' } }

onEveryCluster('channels of Pusher Channels', (start) => {
  it('public: subscription_succeeded with data "{}", then the events of every node with the data verbatim', async () => {
    const { pair } = await start()
    const client = await dial(pair[0], app)
    await client.joins('news')
    const data = '{"a" : 1.0}\n☃'
    await trigger(pair[1], app, { channel: 'news', event: 'App\\Events\\X', data })
    await client.hears('App\\Events\\X')
    expect(client.raw.slice(1)).toEqual([
      '{"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}',
      JSON.stringify({ event: 'App\\Events\\X', channel: 'news', data }),
    ])
  })

  it('an event goes to everyone but the socket_id that it excepts, on whichever node', async () => {
    const { pair } = await start()
    const [one, other] = [await dial(pair[0], app), await dial(pair[1], app)]
    for (const client of [one, other]) await client.joins('news')
    await trigger(pair[0], app, { channel: 'news', data: '1', except: other.id })
    await trigger(pair[1], app, { channel: 'news', data: '2', except: one.id })
    await trigger(pair[0], app, { channel: 'news', data: '3' })
    for (const client of [one, other]) await expect.poll(() => client.heard.length).toBe(2)
    expect([one, other].map(({ heard }) => heard.map(({ data }) => data))).toEqual([
      [1, 3],
      [2, 3],
    ])
  })

  it('another app is another world', async () => {
    const second = appWith({}, { id: 4, key: 'second' })
    const { pair } = await start({ apps: [app, second] })
    const [one, other] = [await dial(pair[0], app), await dial(pair[1], second)]
    for (const client of [one, other]) await client.joins('news')
    await trigger(pair[0], app, { channel: 'news' })
    await one.hears('news')
    expect(await other.rest()).toEqual([])
  })

  it.each(['private-x', 'private-encrypted-x', 'private-cache-x', 'private-encrypted-cache-x', 'presence-x'])(
    '%s: a bad auth is a subscription_error of status 401, and the connection stays open',
    async (channel) => {
      const { nodes } = await start()
      const [client, another] = [await dial(nodes[0]!, app), await dial(nodes[0]!, app)]
      const member = channel.startsWith('presence-') ? ada : undefined
      const right = subscription(app, client.id, channel, member) as { data: { auth: string } }
      const forged = [
        { ...right.data, auth: '' },
        { ...right.data, auth: 1 },
        { ...right.data, auth: right.data.auth.replace(app.key, 'other') },
        { ...right.data, auth: `${right.data.auth.slice(0, -1)}_` },
        { ...right.data, channel_data: '{"user_id":"eve"}' },
        { ...right.data, channel: `${channel}y` },
        (subscription(app, another.id, channel, member) as typeof right).data,
        (
          subscription(
            appWith({}, { secrets: [{ id: 1, secret: 'no', createdAt: 0 }] }),
            client.id,
            channel,
            member,
          ) as typeof right
        ).data,
      ]
      for (const data of forged) client.send({ event: 'pusher:subscribe', data })
      const errors = await client.rest()
      expect(errors).toHaveLength(forged.length)
      for (const error of errors) {
        expect(error).toMatchObject({ event: 'pusher:subscription_error', data: { type: 'AuthError', status: 401 } })
      }
      await client.joins(channel, member)
    },
  )

  it('a signature holds with any of the secrets, as they are now', async () => {
    const { nodes, apps } = await start()
    const client = await dial(nodes[0]!, app)
    const secrets = [...app.secrets, { id: 2, secret: 'the next', createdAt: 1 }]
    apps[0] = { ...app, secrets }
    client.send(subscription({ ...app, secrets: [secrets[1]!] }, client.id, 'private-x'))
    await client.hears('pusher_internal:subscription_succeeded', 'private-x')
    apps[0] = { ...app, secrets: [secrets[1]!] }
    client.send(subscription(app, client.id, 'private-y'))
    await client.hears('pusher:subscription_error', 'private-y')
  })

  it.each(['private', 'xprivate-', 'Private-x', 'xpresence-a', 'cache-private-x'])(
    '%s needs no signature: types are told by an anchored prefix',
    async (channel) => {
      const { nodes } = await start()
      const client = await dial(nodes[0]!, app)
      expect((await client.joins(channel)).data).toEqual({})
    },
  )

  it('subscribing twice is an error of code null', async () => {
    const { nodes } = await start()
    const client = await dial(nodes[0]!, app)
    await client.joins('news')
    client.send({ event: 'pusher:subscribe', data: { channel: 'news' } })
    const { data } = await client.hears('pusher:error')
    expect(data).toEqual({ code: null, message: 'Existing subscription to channel news' })
    expect(JSON.parse(client.raw.at(-1)!)).toMatchObject({ data: { code: null } })
    expect(await nodes[0]!.hub.roster.counts(`channels:${app.id}`, ['news'])).toEqual([1])
  })

  it('unsubscribing is not acknowledged and ends delivery; without a subscription it is an error', async () => {
    const { pair } = await start()
    const [client, witness] = [await dial(pair[0], app), await dial(pair[0], app)]
    for (const each of [client, witness]) await each.joins('news')
    const unsubscribe = { event: 'pusher:unsubscribe', data: { channel: 'news' } }
    client.send(unsubscribe)
    expect(await client.rest()).toEqual([])
    await trigger(pair[1], app, { channel: 'news' })
    await witness.hears('news')
    client.send(unsubscribe)
    const message = 'No current subscription to channel news, or subscription in progress'
    expect(await client.rest()).toMatchObject([{ event: 'pusher:error', data: { code: null, message } }])
    expect(await pair[1].hub.roster.counts(`channels:${app.id}`, ['news'])).toEqual([1])
  })

  const cached = ['cache-x', 'private-cache-x', 'private-encrypted-cache-x', 'presence-cache-x']
  it.each(cached)('%s: the last triggered event follows subscription_succeeded, else a cache_miss', async (channel) => {
    const { pair } = await start()
    const member = channel.startsWith('presence-') ? ada : undefined
    const early = await dial(pair[0], app)
    await early.joins(channel, member)
    await early.hears('pusher:cache_miss', channel)
    expect(early.raw.at(-1)).toBe(JSON.stringify({ event: 'pusher:cache_miss', channel, data: '{}' }))
    for (const data of ['1', '2']) await trigger(pair[1], app, { channel, data })
    await expect.poll(() => early.heard.length).toBe(2)
    if (channel !== 'cache-x' && !channel.includes('encrypted')) {
      early.send({ event: 'client-x', channel, data: 'not kept' })
      await early.rest()
    }
    const late = await dial(pair[1], app)
    await late.joins(channel, member)
    expect(await late.rest()).toEqual([{ event: 'news', channel, data: 2 }])
  })

  it('subscription_count: off by default, else pushed to all subscribers on each change, not on presence', async () => {
    const counting = appWith({ subscriptionCount: true }, { id: 4, key: 'counting' })
    const { pair } = await start({ apps: [app, counting] })
    const silent = await dial(pair[0], app)
    await silent.joins('news')
    expect(await silent.rest()).toEqual([])
    const [one, other] = [await dial(pair[0], counting), await dial(pair[1], counting)]
    const count = async (client: typeof one) => {
      const { data } = await client.hears('pusher_internal:subscription_count', 'news')
      return (data as { subscription_count: number }).subscription_count
    }
    await one.joins('news')
    expect(await count(one)).toBe(1)
    expect(one.raw.at(-1)).toBe(
      '{"event":"pusher_internal:subscription_count","channel":"news","data":"{\\"subscription_count\\":1}"}',
    )
    await other.joins('news')
    expect([await count(one), await count(other)]).toEqual([2, 2])
    other.send({ event: 'pusher:unsubscribe', data: { channel: 'news' } })
    expect(await count(one)).toBe(1)
    await one.joins('presence-x', ada)
    expect(await one.rest()).toEqual([])
  })

  it('subscription_count: above 100 subscribers only now and then, and the last count is right', async () => {
    const counting = appWith({ subscriptionCount: true })
    const { pair } = await start({ apps: [counting] })
    const first = await dial(pair[0], counting)
    await first.joins('news')
    const more = await Promise.all(Array.from({ length: 119 }, (_, n) => dial(pair[n % 2]!, counting)))
    for (const client of more) await client.joins('news')
    const counts = () => first.heard.map(({ data }) => (data as { subscription_count: number }).subscription_count)
    await expect.poll(() => counts().at(-1), { timeout: 20_000 }).toBe(120)
    expect(counts().filter((count) => count > 100).length).toBeLessThan(20)
  })
})
