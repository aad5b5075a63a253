import { createHash } from 'node:crypto'
import nacl from 'tweetnacl'
import { describe, expect, it } from 'vitest'
import { waitFor } from '@carillon/testkit'
import { channelText, isAuthorized, userText } from '../../packages/protocol-channels/signature.ts'
import { hasRedis } from '../services/fresh-redis.ts'
import { inMemory, masterKey, overRedis, signedIn, type Stage, stageOn, subscriber } from './channels-stage.ts'

describe('the official server SDK, in memory', () => {
  exerciseSdk(async () => stageOn(inMemory()))
})

describe.skipIf(!hasRedis)('the official server SDK, over Redis', () => {
  exerciseSdk(async () => stageOn(await overRedis()))
})

async function bodyOf(answer: Promise<{ json(): Promise<unknown> }>): Promise<unknown> {
  return (await answer).json()
}

function exerciseSdk(open: () => Promise<Stage>): void {
  it('POST /events: triggers on one channel and on many', async () => {
    const { nodes } = await open()
    const [{ sdk }, other] = nodes
    const [ann, bob] = [await subscriber(nodes[0], ['news']), await subscriber(other, ['news', 'sports'])]
    expect(await bodyOf(sdk.trigger('news', 'App\\Events\\Sent', { some: 'dåta' }))).toEqual({})
    expect(await bodyOf(sdk.trigger(['news', 'sports', 'nobody'], 'many', ''))).toEqual({})
    await waitFor(() => ann.heard.length === 2 && bob.heard.length === 3)
    expect(ann.heard).toEqual([
      { event: 'App\\Events\\Sent', channel: 'news', data: '{"some":"dåta"}' },
      { event: 'many', channel: 'news', data: '' },
    ])
    expect(bob.heard.map(({ channel, event }) => `${channel as string} ${event as string}`).toSorted()).toEqual([
      'news App\\Events\\Sent',
      'news many',
      'sports many',
    ])
  })

  it('POST /events with socket_id: the connection that triggered does not hear it, on whichever node it is', async () => {
    const { nodes } = await open()
    const [one, other] = nodes
    const [ann, bob] = [await subscriber(one, ['news']), await subscriber(other, ['news'])]
    await one.sdk.trigger('news', 'not for bob', '', { socket_id: bob.id })
    await one.sdk.triggerBatch([{ channel: 'news', name: 'not for ann', data: '', socket_id: ann.id }])
    await one.sdk.trigger('news', 'for all', '')
    await waitFor(() => ann.heard.length === 2 && bob.heard.length === 2)
    expect(ann.heard.map(({ event }) => event)).toEqual(['not for bob', 'for all'])
    expect(bob.heard.map(({ event }) => event)).toEqual(['not for ann', 'for all'])
  })

  it('POST /events with info: counts users and subscriptions over all nodes', async () => {
    const { nodes } = await open()
    const [one, other] = nodes
    for (const node of nodes) await subscriber(node, ['presence-room', 'news'], 'ann')
    await subscriber(other, ['presence-room'], 'bob')
    const info = 'user_count,subscription_count'
    expect(await bodyOf(one.sdk.trigger('presence-room', 'e', '', { info }))).toEqual({
      channels: { 'presence-room': { user_count: 2, subscription_count: 3 } },
    })
    expect(await bodyOf(one.sdk.trigger(['news', 'nobody'], 'e', '', { info: 'subscription_count' }))).toEqual({
      channels: { news: { subscription_count: 2 }, nobody: { subscription_count: 0 } },
    })
  })

  it('POST /batch_events: publishes in order, and aligns what was asked with the events', async () => {
    const { nodes } = await open()
    const [{ sdk }, other] = nodes
    const ann = await subscriber(other, ['news', 'presence-room'])
    const plain = [1, 2, 3].map((n) => ({ channel: 'news', name: `e${n}`, data: { n } }))
    expect(await bodyOf(sdk.triggerBatch(plain))).toEqual({})
    const asking = [
      { channel: 'presence-room', name: 'asks', data: '', info: 'user_count' },
      { channel: 'news', name: 'does not', data: '' },
    ]
    expect(await bodyOf(sdk.triggerBatch(asking))).toEqual({ batch: [{ user_count: 1 }, {}] })
    await waitFor(() => ann.heard.length === 5)
    const news = ann.heard.filter(({ channel }) => channel === 'news')
    expect(news.map(({ event }) => event)).toEqual(['e1', 'e2', 'e3', 'does not'])
  })

  it('GET /channels: lists what is occupied, and never a user’s own channel', async () => {
    const { nodes } = await open()
    const [{ sdk }, other] = nodes
    await subscriber(other, ['news', 'presence-a', 'presence-b=c;d,e@', '#server-to-user-ann', '__proto__'])
    const channels = async (params: object) =>
      ((await bodyOf(sdk.get({ path: '/channels', params }))) as { channels: object }).channels
    expect(Object.keys(await channels({})).toSorted()).toEqual(['__proto__', 'news', 'presence-a', 'presence-b=c;d,e@'])
    expect(await channels({ filter_by_prefix: 'n' })).toEqual({ news: {} })
    expect(await channels({ filter_by_prefix: 'presence-b=c;d,e@', info: 'user_count' })).toEqual({
      'presence-b=c;d,e@': { user_count: 1 },
    })
  })

  it('GET /channels/{channel}: tells of one, with its last event if it is a cache channel', async () => {
    const { nodes } = await open()
    const [{ sdk }, other] = nodes
    await subscriber(other, ['presence-cache-a'], 'ann')
    await sdk.trigger('presence-cache-a', 'e', 'kept')
    const info = 'user_count,subscription_count,cache'
    expect(await bodyOf(sdk.get({ path: '/channels/presence-cache-a', params: { info } }))).toEqual({
      occupied: true,
      user_count: 1,
      subscription_count: 1,
      cache: { data: 'kept', ttl: expect.toSatisfy((ttl: number) => ttl > 1000 && ttl <= 1800) as number },
    })
    expect(await bodyOf(sdk.get({ path: '/channels/cache-none', params: { info: 'cache' } }))).toEqual({
      occupied: false,
      cache: null,
    })
    expect(await bodyOf(sdk.get({ path: '/channels/news' }))).toEqual({ occupied: false })
  })

  it('GET /channels/{channel}/users: names each user once', async () => {
    const { nodes } = await open()
    const [{ sdk }, other] = nodes
    for (const node of nodes) await subscriber(node, ['presence-room'], '1')
    await subscriber(other, ['presence-room'], 'bob')
    const { users } = (await bodyOf(sdk.get({ path: '/channels/presence-room/users' }))) as { users: { id: string }[] }
    expect(users.map(({ id }) => id).toSorted()).toEqual(['1', 'bob'])
    expect(await bodyOf(sdk.get({ path: '/channels/presence-none/users' }))).toEqual({ users: [] })
  })

  it.each(['ann', 'ann lee', 'a/b', 'ü@x;,', '%20'])('sends to the user “%s” alone', async (user) => {
    const { nodes } = await open()
    const [{ sdk }, other] = nodes
    const [theirs, anothers] = [
      await subscriber(other, [`#server-to-user-${user}`]),
      await subscriber(other, ['#server-to-user-other']),
    ]
    await sdk.sendToUser(user, 'hello', { n: 1 })
    await sdk.sendToUser('other', 'bye', '')
    await waitFor(() => theirs.heard.length === 1 && anothers.heard.length === 1)
    expect(theirs.heard).toEqual([{ event: 'hello', channel: `#server-to-user-${user}`, data: '{"n":1}' }])
    expect(anothers.heard[0]?.event).toBe('bye')
  })

  it.each(['ann', 'ann lee', 'a/b', 'ü@x;,'])(
    'POST /users/{id}/terminate_connections: ends those of “%s” on every node, and no others',
    async (user) => {
      const { nodes } = await open()
      const [one, other] = nodes
      const ended = [await signedIn(one, user), await signedIn(other, user), await signedIn(other, 'another')]
      expect(await bodyOf(one.sdk.terminateUserConnections(user))).toEqual({})
      expect(ended.map((count) => count())).toEqual([1, 1, 0])
      expect(await bodyOf(one.sdk.terminateUserConnections('nobody'))).toEqual({})
    },
  )

  it('POST /channels/{channel}/events: old SDKs trigger, with the data as the body', async () => {
    const { nodes } = await open()
    const [{ sdk }, other] = nodes
    const [ann, bob] = [await subscriber(other, ['news']), await subscriber(other, ['news'])]
    const params = { name: 'old', socket_id: bob.id }
    const answer = await sdk.post({ path: '/channels/news/events', params, body: { n: 1 } as unknown as string })
    expect([answer.status, await answer.json()]).toEqual([202, {}])
    await waitFor(() => ann.heard.length === 1)
    expect(ann.heard).toEqual([{ event: 'old', channel: 'news', data: '{"n":1}' }])
    await sdk.trigger('news', 'new', '')
    await waitFor(() => bob.heard.length === 1)
    expect(bob.heard[0]?.event).toBe('new')
  })

  it('hands on what the SDK has encrypted, unread', async () => {
    const { nodes } = await open()
    const [{ sdk }, other] = nodes
    const channel = 'private-encrypted-room'
    const ann = await subscriber(other, [channel])
    await sdk.trigger(channel, 'secret', { some: 'data' })
    await sdk.triggerBatch([{ channel, name: 'secret', data: { more: 'data' } }])
    await waitFor(() => ann.heard.length === 2)
    const key = createHash('sha256').update(channel).update(Buffer.from(masterKey, 'base64')).digest()
    const read = ann.heard.map(({ data }) => {
      const { nonce, ciphertext } = JSON.parse(data as string) as { nonce: string; ciphertext: string }
      const plain = nacl.secretbox.open(Buffer.from(ciphertext, 'base64'), Buffer.from(nonce, 'base64'), key)
      return Buffer.from(plain!).toString()
    })
    expect(read).toEqual(['{"some":"data"}', '{"more":"data"}'])
    const { auth, shared_secret } = sdk.authorizeChannel('1.1', channel)
    expect(shared_secret).toBe(key.toString('base64'))
    expect(auth).toMatch(/^278d425bdf160c739803:[\da-f]{64}$/)
  })

  it('accepts what the SDK has signed for channels and users', async () => {
    const { nodes, app } = await open()
    const { sdk } = nodes[0]
    const forChannel = sdk.authorizeChannel('1.1', 'presence-room', { user_id: 'ann', user_info: { n: 'ü' } })
    expect(isAuthorized(app, channelText('1.1', 'presence-room', forChannel.channel_data), forChannel.auth)).toBe(true)
    expect(isAuthorized(app, channelText('1.1', 'presence-room'), forChannel.auth)).toBe(false)
    const forUser = sdk.authenticateUser('1.1', { id: 'ann' })
    expect(isAuthorized(app, userText('1.1', forUser.user_data), forUser.auth)).toBe(true)
    expect(isAuthorized(app, userText('1.2', forUser.user_data), forUser.auth)).toBe(false)
  })

  it('shows the reason of a refusal to users of the SDK', async () => {
    const { nodes, app } = await open()
    app.enabled = false
    await expect(nodes[0].sdk.trigger('news', 'e', '')).rejects.toMatchObject({
      status: 403,
      body: 'This app is disabled.',
    })
  })
}
