import { describe, expect, it } from 'vitest'
import { type ChannelsSocket, dial } from '../services/channels-socket.ts'
import { appWith, onEveryCluster, type RealtimeServers, startInMemory } from '../services/realtime.ts'

const app = appWith({ clientEvents: true, limits: { eventBytes: 5000 } })

onEveryCluster('client events of Pusher Channels', (start) => {
  it('go unchanged to all but the sender, on every node, and carry no more than they may', async () => {
    const { pair } = await start({ apps: [app] })
    const [sender, near, far] = [await dial(pair[0], app), await dial(pair[0], app), await dial(pair[1], app)]
    for (const client of [sender, near, far]) await client.joins('private-x')
    const data = { deep: [{ a: null }], text: '☃' }
    sender.send({ event: 'client-x', channel: 'private-x', data, user_id: 'eve', more: 1 })
    sender.send({ event: 'client-x', channel: 'private-x', data: 'a text' })
    sender.send({ event: 'client-x', channel: 'private-x' })
    sender.send('{"event":"client-x","channel":"private-x","data":{"id":12345678901234567890,"f":1.0}}')
    for (const client of [near, far]) {
      await expect.poll(() => client.heard.length).toBe(4)
      expect(client.raw.slice(-4)).toEqual([
        JSON.stringify({ event: 'client-x', channel: 'private-x', data }),
        '{"event":"client-x","channel":"private-x","data":"a text"}',
        '{"event":"client-x","channel":"private-x"}',
        '{"event":"client-x","channel":"private-x","data":{"id":12345678901234567890,"f":1.0}}',
      ])
    }
    expect(await sender.rest()).toEqual([])
  })

  it('on presence channels tell the user_id that the application signed, never the client', async () => {
    const { pair } = await start({ apps: [app] })
    const [sender, other] = [await dial(pair[0], app), await dial(pair[1], app)]
    await other.joins('presence-x', { user_id: 'bob' })
    await sender.joins('presence-x', { user_id: 10 })
    sender.send({ event: 'client-x', channel: 'presence-x', data: 1, user_id: 'eve' })
    expect(await other.hears('client-x')).toEqual({ event: 'client-x', channel: 'presence-x', data: 1, user_id: '10' })
  })

  it('are at most 10 a second of a connection; the excess is dropped with pusher:error 4301', async () => {
    const { pair } = await start({ apps: [app] })
    const [sender, other] = [await dial(pair[0], app), await dial(pair[1], app)]
    for (const client of [sender, other]) await client.joins('private-x')
    const most = 50
    for (let n = 0; n < most; n++) sender.send({ event: 'client-x', channel: 'private-x', data: n })
    const errors = await sender.rest()
    for (const error of errors) expect(error).toMatchObject({ event: 'pusher:error', data: { code: 4301 } })
    expect(errors.length).toBeGreaterThan(0)
    await expect.poll(() => other.heard.length).toBe(most - errors.length)
    expect(other.heard[9]!.data).toBe(9)
  })
})

describe('a client event of Pusher Channels', () => {
  const frame = { event: 'client-x', channel: 'private-x', data: {} }
  it.each([
    ['without a subscription', { ...frame, channel: 'private-y' }, 'Subscribe'],
    ['without a channel', { event: 'client-x' }, 'Subscribe'],
    ['on a channel that is a list', { ...frame, channel: ['private-x'] }, 'Subscribe'],
    ['on a public channel', { ...frame, channel: 'public' }, 'private and presence'],
    ['on an encrypted channel', { ...frame, channel: 'private-encrypted-x' }, 'encrypted'],
    ['of a long name', { ...frame, event: `client-${'x'.repeat(200)}` }, '200'],
    ['of much data', { ...frame, data: '☃'.repeat(1667) }, '5000'],
    ['that is nested deeply', `{"event":"client-x","channel":"private-x","data":${nested(100_000)}}`, /nested|5000/],
  ])('%s is refused, and nobody hears it', async (_, sent, message) => {
    const servers = await startInMemory({ apps: [app] })
    const [sender, other] = await pairOn(servers)
    sender.send(sent)
    const [error] = await sender.rest()
    expect(error).toMatchObject({ event: 'pusher:error', data: { code: null } })
    expect((error!.data as { message: string }).message).toMatch(message)
    expect(await other.rest()).toEqual([])
  })

  it('is refused as soon as the app takes none any more', async () => {
    const servers = await startInMemory({ apps: [app] })
    const [sender, other] = await pairOn(servers)
    sender.send(frame)
    await other.hears('client-x')
    servers.apps[0] = appWith({ ...app.settings, clientEvents: false })
    sender.send(frame)
    expect(await sender.rest()).toMatchObject([{ event: 'pusher:error', data: { code: null } }])
    expect(await other.rest()).toEqual([])
  })

  it('is refused where the app takes none, which is the default', async () => {
    const servers = await startInMemory({ apps: [appWith()] })
    const [sender, other] = await pairOn(servers)
    sender.send(frame)
    expect(await sender.rest()).toMatchObject([{ event: 'pusher:error', data: { code: null } }])
    expect(await other.rest()).toEqual([])
  })
})

function nested(levels: number): string {
  return '['.repeat(levels) + ']'.repeat(levels)
}

async function pairOn({ nodes, apps }: RealtimeServers): Promise<[ChannelsSocket, ChannelsSocket]> {
  const pair: [ChannelsSocket, ChannelsSocket] = [await dial(nodes[0]!, apps[0]!), await dial(nodes[0]!, apps[0]!)]
  for (const client of pair) {
    for (const channel of ['private-x', 'public', 'private-encrypted-x']) await client.joins(channel)
  }
  return pair
}
