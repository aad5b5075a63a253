import { ApiError, CarillonError } from '@carillon/client/channels'
import { fakeProvider, waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { application, channelsOn, liveOn } from '../services/application.ts'
import { dial } from '../services/channels-socket.ts'
import { appWith, onEveryCluster, startInMemory } from '../services/realtime.ts'

const anyone = 'https://hooks.test/all'
const app = appWith({ webhooks: [{ url: anyone, events: [] }] })

onEveryCluster('channelsFrom', (start) => {
  it('triggers on one channel and on many, but for one connection, and tells the counts it is asked for', async () => {
    const { pair } = await start({ apps: [app] })
    const channels = channelsOn(pair[1], app)
    const [one, other] = [await dial(pair[0], app), await dial(pair[0], app)]
    for (const socket of [one, other]) await socket.joins('news')
    await other.joins('presence-room', { user_id: 'bob' })
    expect(await channels.trigger('news', 'told', { n: 1 }, { except: one.id })).toEqual({})
    const info = ['subscription_count', 'user_count'] as const
    expect(await channels.trigger(['presence-room', 'presence-empty'], 'told', 'text', { info })).toEqual({
      'presence-room': { user_count: 1, subscription_count: 1 },
      'presence-empty': { user_count: 0, subscription_count: 0 },
    })
    expect((await other.hears('told', 'news')).data).toEqual({ n: 1 })
    expect((await other.hears('told', 'presence-room')).data).toBe('text')
    expect(await one.rest()).toEqual([])
  })

  it('triggers a batch', async () => {
    const { pair } = await start({ apps: [app] })
    const channels = channelsOn(pair[1], app)
    const [one, other] = [await dial(pair[0], app), await dial(pair[0], app)]
    for (const socket of [one, other]) await socket.joins('news')
    const batch = [
      { channel: 'news', event: 'a', data: { n: 1 }, info: ['subscription_count'] as const },
      { channel: 'news', event: 'b', data: '', except: one.id },
    ]
    expect(await channels.triggerBatch(batch)).toEqual([{ subscription_count: 2 }, {}])
    expect(await channels.triggerBatch(batch.slice(1))).toEqual([])
    await other.hears('b')
    await other.hears('b')
    expect((await one.rest()).map(({ event }) => event)).toEqual(['a'])
    // What was given is still what was given.
    expect(batch[0]?.data).toEqual({ n: 1 })
  })

  it('tells which channels there are, what is on one, and who', async () => {
    const { pair } = await start({ apps: [app] })
    const channels = channelsOn(pair[1], app)
    const socket = await dial(pair[0], app)
    await socket.joins('cache-rates')
    await socket.joins('presence-room', { user_id: 7 })
    await channels.trigger('cache-rates', 'rate', { usd: 2 })
    expect(await channels.getChannels()).toEqual({ 'cache-rates': {}, 'presence-room': {} })
    const counted = { prefix: 'presence-', info: ['user_count'] as const }
    expect(await channels.getChannels(counted)).toEqual({ 'presence-room': { user_count: 1 } })
    expect(await channels.getChannel('cache-rates', { info: ['subscription_count', 'cache'] })).toMatchObject({
      occupied: true,
      subscription_count: 1,
      cache: { data: '{"usd":2}' },
    })
    expect(await channels.getChannel('..')).toEqual({ occupied: false })
    expect(await channels.getUsers('presence-room')).toEqual(['7'])
  })

  it.each(['ann', 'a/b ?#é', '..'])('reaches the user %s, and ends its connections', async (user) => {
    const { pair } = await start({ apps: [app] })
    const channels = channelsOn(pair[1], app)
    const live = liveOn(pair[0], app, { at: await application(channels) })
    const socket = await dial(pair[0], app)
    await socket.signsIn({ id: user })
    socket.send({ event: 'pusher:subscribe', data: { channel: `#server-to-user-${user}`, auth: '' } })
    await socket.hears('pusher_internal:subscription_succeeded')
    await channels.sendToUser(user, 'rung', { n: 1 })
    expect((await socket.hears('rung')).data).toEqual({ n: 1 })
    await live.subscribe('news', () => {})
    await channels.terminateConnections(user)
    expect(await socket.closed).toMatch(/^4009 /)
    expect(live.pusher.connection.state).toBe('connected')
  })
})

describe('channelsFrom', () => {
  it('reads a webhook from the bytes that arrived, and rejects forgeries', async () => {
    const { nodes, callbacks } = await startInMemory({ apps: [app] })
    const channels = channelsOn(nodes[0]!, app)
    const [socket, server] = [await dial(nodes[0]!, app), await fakeProvider()]
    onTestFinished(() => server.close())
    await socket.joins('presence-room', { user_id: 'ann é' })
    await waitFor(() => ['member_added', 'channel_occupied'].every((name) => JSON.stringify(callbacks).includes(name)))
    for (const { headers, body } of callbacks) await fetch(server.url, { method: 'POST', headers, body })
    const webhooks = server.requests.map(({ headers, body }) => channels.webhook({ headers, body }))
    const events = webhooks.flatMap((webhook) => webhook.events)
    expect(events.toSorted((a, b) => (a.name < b.name ? -1 : 1))).toEqual([
      { name: 'channel_occupied', channel: 'presence-room' },
      { name: 'member_added', channel: 'presence-room', user_id: 'ann é' },
    ])
    expect(webhooks[0]?.time).toBeInstanceOf(Date)
    const { headers, body } = server.requests[0]!
    const bare = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
    expect(channels.webhook({ headers: new Headers(bare), body: Buffer.from(body) })).toEqual(webhooks[0])
    const forged = [
      { headers, body: `${body} ` },
      { headers: { ...headers, 'x-pusher-key': 'other' }, body },
      { headers: { ...headers, 'x-pusher-signature': undefined }, body },
    ]
    const unauthorized = expect.objectContaining({ name: 'CarillonError', code: 'unauthorized' })
    for (const webhook of forged) expect(() => channels.webhook(webhook)).toThrow(unauthorized)
    const bad = expect.objectContaining({ code: 'bad_request' })
    expect(() => channels.webhook({ headers: {}, body })).toThrow(bad)
  })

  it('believes a webhook that is signed with another secret of the app, once it knows it', async () => {
    const { nodes, callbacks } = await startInMemory({ apps: [app] })
    const socket = await dial(nodes[0]!, app)
    await socket.joins('news')
    await waitFor(() => callbacks.length > 0)
    const { headers, body } = callbacks[0]!
    const webhook = { headers: new Headers(headers), body }
    const renewed = appWith({}, { secrets: [{ id: 2, secret: 'new', createdAt: 0 }] })
    expect(() => channelsOn(nodes[0]!, renewed).webhook(webhook)).toThrow('not signed with a secret of this app')
    const both = channelsOn(nodes[0]!, renewed, { otherSecrets: ['another', app.secrets[0]!.secret] })
    expect(both.webhook(webhook).events).toHaveLength(1)
  })

  it('signs as in the examples of Pusher', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const channels = channelsOn(nodes[0]!, app)
    expect(channels.authorize('1234.1234', 'private-foobar')).toEqual({
      auth: `${app.key}:58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4`,
    })
    expect(channels.authenticate('1234.1234', { id: '12345' })).toEqual({
      auth: `${app.key}:4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba`,
      user_data: '{"id":"12345"}',
    })
    expect(() => channels.authorize('1234', 'private-foobar')).toThrow("Invalid socket id: '1234'")
    expect(() => channels.authenticate('1.1', { id: '' })).toThrow(CarillonError)
  })

  it('refuses what is too large before it is sent, as far as it is allowed', async () => {
    const { nodes, apps } = await startInMemory({ apps: [appWith({ limits: { eventBytes: 20 * 1024 } })] })
    const [ten, twenty, fifty] = [
      channelsOn(nodes[0]!, app),
      channelsOn(nodes[0]!, app, { payloadLimit: 20 }),
      channelsOn(nodes[0]!, app, { payloadLimit: 50 }),
    ]
    await ten.trigger('news', 'e', 'é'.repeat(5 * 1024))
    const sentence = 'The data of an event has 10241 bytes, and payloadLimit allows 10240'
    const large = { code: 'too_large', message: sentence }
    const data = `${'é'.repeat(5 * 1024)}.`
    await expect(ten.trigger('news', 'e', data)).rejects.toMatchObject(large)
    await expect(ten.sendToUser('ann', 'e', data)).rejects.toMatchObject(large)
    const batch = [
      { channel: 'news', event: 'e', data: '' },
      { channel: 'news', event: 'e', data },
    ]
    await expect(ten.triggerBatch(batch)).rejects.toMatchObject(large)
    await twenty.trigger('news', 'e', data)
    const refused = fifty.trigger('news', 'e', data.repeat(3))
    await expect(refused).rejects.toMatchObject({ name: 'CarillonError', status: 413, code: 'too_large' })
    expect(apps).toHaveLength(1)
  })

  it('counts what an encrypted event has once it is encrypted', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const encryptionMasterKey = Buffer.alloc(32, 'k').toString('base64')
    const channels = channelsOn(nodes[0]!, app, { encryptionMasterKey })
    const large = channels.trigger('private-encrypted-x', 'e', 'x'.repeat(9000))
    await expect(large).rejects.toMatchObject({ code: 'too_large' })
  })

  it.each([
    ['no channel', 'a b', 'Invalid channel name'],
    ['a key that is missing', 'private-encrypted-x', 'Set encryptionMasterKey'],
    ['two channels of which one is encrypted', ['private-encrypted-x', 'news'], 'multiple channels'],
    ['too many channels', Array<string>(101).fill('news'), 'more than 100 channels'],
  ])('says what is wrong with %s', async (_, names, sentence) => {
    const { nodes } = await startInMemory({ apps: [app] })
    const refused = channelsOn(nodes[0]!, app).trigger(names, 'e', {})
    await expect(refused).rejects.toMatchObject({ code: 'invalid_field', message: expect.stringContaining(sentence) })
  })

  it('says what the server says', async () => {
    const { nodes } = await startInMemory({ apps: [app] })
    const channels = channelsOn(nodes[0]!, app)
    const users = await channels.getUsers('news').catch((error: unknown) => error)
    expect(users).toBeInstanceOf(ApiError)
    expect(users).toMatchObject({ status: 400, code: 'bad_request' })
    expect((users as ApiError).message).toBe('Only presence channels have users, and news is not one.')
    const prefix = channels.getChannels({ prefix: 'a&info=x' })
    await expect(prefix).rejects.toMatchObject({ code: 'invalid_field' })
    const stranger = channelsOn(nodes[0]!, appWith({}, { secrets: [{ id: 1, secret: 'wrong', createdAt: 0 }] }))
    const refused = await stranger.getChannels().catch((error: unknown) => error)
    expect(refused).toMatchObject({ status: 401, code: 'unauthorized' })
    expect(String(refused)).not.toContain('wrong')
  })
})
