import { silentLogger, waitFor } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import { memoryCluster } from '@carillon/backplane'
import { memberChange } from '../../packages/protocol-channels/events.ts'
import type { ChannelsDeps, ChannelsWebhookEvent } from '../../packages/protocol-channels/deps.ts'
import { socketHandler } from '../../packages/protocol-channels/socket/socket-handler.ts'
import { SubscriptionCounts } from '../../packages/protocol-channels/socket/subscription-counts.ts'
import { dial } from '../services/channels-socket.ts'
import { appWith, directoryOf, serve } from '../services/realtime.ts'

const app = appWith({ clientEvents: true, subscriptionCount: true })

describe('what connections of Pusher Channels tell the webhooks', () => {
  it('cache_miss: once, however many miss it', async () => {
    const { node, told } = await listening()
    for (let n = 0; n < 3; n++) {
      const client = await dial(node, app)
      await client.joins('cache-x')
      await client.hears('pusher:cache_miss')
    }
    await waitFor(() => told.length > 0)
    await (await dial(node, app)).rest()
    expect(told.filter(([, { name }]) => name === 'cache_miss')).toEqual([
      [3, { name: 'cache_miss', channel: 'cache-x' }],
    ])
  })

  it('client_event: with data as a string, the socket_id, and the user_id on presence alone', async () => {
    const { node, told } = await listening()
    const client = await dial(node, app)
    await client.joins('private-x')
    await client.joins('presence-x', { user_id: 10 })
    client.send({ event: 'client-a', channel: 'private-x', data: { n: 1 } })
    client.send({ event: 'client-b', channel: 'presence-x', data: 'text' })
    client.send({ event: 'client-c', channel: 'private-x' })
    await client.rest()
    const common = { name: 'client_event', socket_id: client.id }
    expect(told.filter(([, { name }]) => name === 'client_event').map(([, event]) => event)).toEqual([
      { ...common, channel: 'private-x', event: 'client-a', data: '{"n":1}' },
      { ...common, channel: 'presence-x', event: 'client-b', data: 'text', user_id: '10' },
      { ...common, channel: 'private-x', event: 'client-c', data: '' },
    ])
  })

  it('subscription_count: as it is pushed to subscribers', async () => {
    const { node, told } = await listening()
    const client = await dial(node, app)
    await client.joins('news')
    await client.hears('pusher_internal:subscription_count')
    client.end()
    await waitFor(() => told.length === 2)
    expect(told.map(([, event]) => event)).toEqual([
      { name: 'subscription_count', channel: 'news', subscription_count: 1 },
      { name: 'subscription_count', channel: 'news', subscription_count: 0 },
    ])
  })
})

async function listening() {
  const told: [number, ChannelsWebhookEvent][] = []
  const node = await serve(memoryCluster(), (hub) => {
    const namespace = hub.openNamespace({
      protocol: 'channels',
      announce: ({ name }, change) => memberChange(name, change),
    })
    const deps: ChannelsDeps = {
      hub,
      namespace,
      apps: directoryOf([app]),
      callbacks: { post: async () => {} },
      log: silentLogger,
      webhooks: { notify: (...what) => void told.push(what) },
    }
    return [{ name: 'channels', sockets: socketHandler({ ...deps, counts: new SubscriptionCounts(deps) }) }]
  })
  return { node, told }
}
