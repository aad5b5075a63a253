import { randomBytes } from 'node:crypto'
import type { LiveEvent, LiveMember } from '@carillon/client/live'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it } from 'vitest'
import { application, channelsOn, liveOn } from '../services/application.ts'
import { appWith, onEveryCluster, startInMemory } from '../services/realtime.ts'

const app = appWith({ clientEvents: true })

onEveryCluster('connectLive', (start) => {
  it('signs in as a pusher and receives its pushes, and nobody else does', async () => {
    const { pair } = await start({ apps: [app] })
    const channels = channelsOn(pair[1], app)
    const at = await application(channels)
    const [ann, bob] = [liveOn(pair[0], app, { at, user: 'ann/1 é' }), liveOn(pair[0], app, { at, user: 'bob' })]
    const pushes: LiveEvent[] = []
    const others: LiveEvent[] = []
    const deafen = ann.onPush((push) => pushes.push(push))
    bob.onPush((push) => others.push(push))
    expect(await Promise.all([ann.signIn(), bob.signIn()])).toEqual(['ann/1 é', 'bob'])
    expect([ann, bob].map(({ pusher }) => pusher.user.serverToUserChannel.subscribed)).toEqual([true, true])
    expect(await ann.signIn()).toBe('ann/1 é')
    await channels.sendToUser('ann/1 é', 'rung', { n: 1 })
    await channels.sendToUser('bob', 'other', 'text')
    await waitFor(() => pushes.length > 0 && others.length > 0)
    expect(pushes).toEqual([{ event: 'rung', data: { n: 1 } }])
    expect(others).toEqual([{ event: 'other', data: 'text' }])
    deafen()
    const second: LiveEvent[] = []
    ann.onPush((push) => second.push(push))
    await channels.sendToUser('ann/1 é', 'again', null)
    await waitFor(() => second.length > 0)
    // As sendrealtime rings.
    expect(await pair[1].hub.users.notify(app.id, 'ann/1 é', { event: 'push', data: { n: 2 } }, 5000)).toBe(true)
    await waitFor(() => second.length > 1)
    expect(second).toEqual([
      { event: 'again', data: null },
      { event: 'push', data: { n: 2 } },
    ])
    expect(pushes).toHaveLength(1)
  })

  it('decrypts what the server verbs encrypted with a key that this server never sees', async () => {
    const { pair } = await start({ apps: [app] })
    const channels = channelsOn(pair[1], app, { encryptionMasterKey: randomBytes(32).toString('base64') })
    const live = liveOn(pair[0], app, { at: await application(channels), user: 'ann' })
    const heard: LiveEvent[] = []
    await live.subscribe('private-encrypted-vault', (event) => heard.push(event))
    await channels.trigger('private-encrypted-vault', 'secret', { text: 'ö☃' })
    await channels.triggerBatch([{ channel: 'private-encrypted-vault', event: 'batched', data: 'plain' }])
    await waitFor(() => heard.length === 2)
    expect(heard).toEqual([
      { event: 'secret', data: { text: 'ö☃' } },
      { event: 'batched', data: 'plain' },
    ])
  })

  it('tells who is there, at once and at each change', async () => {
    const { pair } = await start({ apps: [app] })
    const users = [{ id: 'ann', user_info: { name: 'Ann' } }]
    const at = await application(channelsOn(pair[0], app), { users })
    const lists: LiveMember[][] = []
    const ann = liveOn(pair[0], app, { at, user: 'ann' })
    const heard: LiveEvent[] = []
    await ann.join(
      'presence-room',
      (members) => lists.push(members),
      (event) => heard.push(event),
    )
    const [me, bob] = [
      { id: 'ann', info: { name: 'Ann' }, isMe: true },
      { id: 'bob', info: null, isMe: false },
    ]
    expect(lists).toEqual([[me]])
    const other = liveOn(pair[1], app, { at, user: 'bob' })
    const channel = await other.join('presence-room', () => {})
    channel.trigger('client-hi', { n: 1 })
    await waitFor(() => heard.length === 1)
    other.close()
    await waitFor(() => lists.length === 3)
    expect(lists).toEqual([[me], [me, bob], [me]])
    expect(heard).toEqual([{ event: 'client-hi', data: { n: 1 } }])
  })
})

describe('connectLive', () => {
  it('hears the last event of a cache channel, and no event of the protocol', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const channels = channelsOn(nodes[0]!, app)
    const live = liveOn(nodes[0]!, app, { at: await application(channels) })
    const heard: LiveEvent[] = []
    await live.subscribe('cache-empty', (event) => heard.push(event))
    await channels.trigger('cache-rates', 'rate', { usd: 2 })
    await live.subscribe('cache-rates', (event) => heard.push(event))
    await waitFor(() => heard.length > 0)
    expect(heard).toEqual([{ event: 'rate', data: { usd: 2 } }])
  })

  it('is on its channels again, and signed in, after the server was replaced', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const node = nodes[0]!
    const channels = channelsOn(node, app)
    const live = liveOn(node, app, { at: await application(channels), user: 'ann' })
    const [pushes, heard]: [LiveEvent[], LiveEvent[]] = [[], []]
    live.onPush((push) => pushes.push(push))
    await live.signIn()
    await live.subscribe('private-news', (event) => heard.push(event))
    const before = live.pusher.connection.socket_id
    await node.restart()
    await waitFor(() => live.pusher.connection.socket_id !== before && live.pusher.connection.state === 'connected')
    await reach(() => channels.sendToUser('ann', 'rung', 1), pushes)
    await reach(() => channels.trigger('private-news', 'told', 2), heard)
  })

  it('says in the words of the application why one may not sign in, or join', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const at = await application(channelsOn(nodes[0]!, app), { mayJoin: (_, channel) => channel !== 'private-board' })
    const nobody = liveOn(nodes[0]!, app, { at })
    const refused = { name: 'LiveError', code: 'forbidden' }
    const sentence = 'No user is signed in to this application'
    await expect(nobody.signIn()).rejects.toMatchObject({ ...refused, message: sentence })
    await expect(nobody.signIn()).rejects.toMatchObject(refused)
    const ann = liveOn(nodes[0]!, app, { at, user: 'ann' })
    await expect(ann.subscribe('private-board', () => {})).rejects.toMatchObject({
      ...refused,
      message: 'ann may not join private-board',
    })
    expect(ann.pusher.channel('private-board')).toBeUndefined()
    const encrypted = ann.subscribe('private-encrypted-x', () => {})
    await expect(encrypted).rejects.toMatchObject({ message: expect.stringContaining('encryptionMasterKey') })
    await expect(ann.join('presence-room', () => {})).resolves.toMatchObject({ name: 'presence-room' })
  })

  it('says when the server refuses what the application signed', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const forger = appWith({}, { secrets: [{ id: 1, secret: 'wrong', createdAt: 0 }] })
    const live = liveOn(nodes[0]!, app, { at: await application(channelsOn(nodes[0]!, forger)), user: 'ann' })
    await expect(live.subscribe('private-x', () => {})).rejects.toMatchObject({ code: 'forbidden' })
    const ended = { code: 'unavailable', message: expect.stringMatching(/will not be restored: 4009 /) }
    await expect(live.signIn()).rejects.toMatchObject(ended)
    await expect(live.subscribe('news', () => {})).rejects.toMatchObject({ code: 'unavailable' })
  })

  it('says that its key is unknown', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const live = liveOn(nodes[0]!, { ...app, key: 'nobody' }, { at: 'http://127.0.0.1:1', user: 'ann' })
    await expect(live.signIn()).rejects.toMatchObject({ message: expect.stringMatching(/will not be restored: 4001 /) })
  })

  it('says that the application cannot be asked', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const live = liveOn(nodes[0]!, app, { at: 'http://127.0.0.1:1', user: 'ann' })
    await expect(live.signIn()).rejects.toMatchObject({
      message: 'http://127.0.0.1:1/pusher/user-auth could not be called: fetch failed',
    })
  })

  it.each(['', 'push.example.com', 'ws://push.example.com', 'http://'])('wants another url than "%s"', async (url) => {
    const { connectLive } = await import('@carillon/client/live')
    expect(() => connectLive({ url, key: 'k' })).toThrow('url must be one of http or https')
  })
})

/** Sends until it is heard: the server takes a moment to know a connection that just came. */
async function reach(send: () => Promise<unknown>, heard: readonly LiveEvent[]): Promise<void> {
  const before = heard.length
  await waitFor(async () => {
    if (heard.length === before) await send()
    return heard.length > before
  })
}
