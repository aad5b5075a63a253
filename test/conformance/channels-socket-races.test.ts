import { describe, expect, it, vi } from 'vitest'
import { dial, signingIn, subscription, trigger } from '../services/channels-socket.ts'
import { appWith, startInMemory } from '../services/realtime.ts'

const app = appWith({ subscriptionCount: true })

describe('what overtakes what on Pusher Channels', () => {
  it('the last event of a cache channel comes before those that follow it', async () => {
    const { nodes } = await startInMemory()
    const client = await dial(nodes[0]!, app)
    await trigger(nodes[0]!, app, { channel: 'cache-x', data: '1' })
    const { promise, resolve } = Promise.withResolvers<void>()
    const { cache } = nodes[0]!.cluster
    const get = cache.get
    const asked = vi.spyOn(cache, 'get').mockImplementation(async (key) => {
      const kept = await get(key)
      await promise
      return kept
    })
    client.send(subscription(app, client.id, 'cache-x'))
    await client.hears('pusher_internal:subscription_succeeded')
    expect(asked).toHaveBeenCalled()
    await trigger(nodes[0]!, app, { channel: 'cache-x', data: '2' })
    resolve()
    await expect.poll(() => client.heard.length).toBe(2)
    expect(client.heard.map(({ data }) => data)).toEqual([1, 2])
  })

  it('a client that is gone while it signs in or subscribes is not online, and on no channel', async () => {
    const { nodes } = await startInMemory()
    const { hub, cluster } = nodes[0]!
    const clients = [await dial(nodes[0]!, app), await dial(nodes[0]!, app)]
    const { promise, resolve } = Promise.withResolvers<void>()
    const join = cluster.roster.join
    const joining = vi.spyOn(cluster.roster, 'join').mockImplementation(async (...args) => {
      const joined = await join(...args)
      await promise
      return joined
    })
    clients[0]!.send(signingIn(app, clients[0]!.id, { id: 'ada' }))
    clients[1]!.send(subscription(app, clients[1]!.id, 'presence-x', { user_id: 'ada' }))
    await expect.poll(() => joining.mock.calls.length).toBe(2)
    for (const client of clients) client.end()
    await expect.poll(() => hub.connections.count(app.id)).toBe(0)
    resolve()
    await expect.poll(() => hub.users.connections(app.id, ['ada'])).toEqual([0])
    await expect.poll(() => cluster.roster.size(`channels:${app.id}`)).toBe(0)
    await expect.poll(() => cluster.roster.size(`channels:${app.id}:presence-x`)).toBe(0)
  })

  it('a count that was overtaken by a change is sent again', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const { roster } = nodes[0]!.cluster
    const join = roster.join
    const client = await dial(nodes[0]!, app)
    vi.spyOn(roster, 'join').mockImplementation(async (...args) => ({ ...(await join(...args))!, count: 7 }))
    await client.joins('news')
    await expect.poll(() => client.heard.length).toBe(2)
    expect(client.heard.map(({ data }) => data)).toEqual([{ subscription_count: 7 }, { subscription_count: 1 }])
  })
})
