import { expect, it } from 'vitest'
import { dial, subscription } from '../services/channels-socket.ts'
import { appWith, onEveryCluster } from '../services/realtime.ts'

const app = appWith()
const channel = 'presence-room'
const ada = { user_id: 'ada', user_info: { name: 'Ada' } }
const bob = { user_id: 'bob' }

onEveryCluster('presence of Pusher Channels', (start) => {
  it('subscription_succeeded tells ids, hash and count, as JSON within JSON', async () => {
    const { pair } = await start()
    const [one, other] = [await dial(pair[0], app), await dial(pair[1], app)]
    await one.joins(channel, ada)
    const data = JSON.stringify({ presence: { ids: ['ada'], hash: { ada: { name: 'Ada' } }, count: 1 } })
    expect(one.raw.at(-1)).toBe(JSON.stringify({ event: 'pusher_internal:subscription_succeeded', channel, data }))
    const { presence } = (await other.joins(channel, bob)).data as { presence: { ids: string[]; hash: object } }
    expect(presence).toMatchObject({ hash: { ada: { name: 'Ada' }, bob: null }, count: 2 })
    expect(presence.ids.toSorted()).toEqual(['ada', 'bob'])
  })

  it('each member is added once and removed once, over all tabs and nodes', async () => {
    const { pair } = await start()
    const witnesses = [await dial(pair[0], app), await dial(pair[1], app)]
    for (const [n, witness] of witnesses.entries()) await witness.joins(channel, { user_id: `witness${n}` })
    await witnesses[0]!.hears('pusher_internal:member_added')
    const tabs = [await dial(pair[0], app), await dial(pair[1], app), await dial(pair[1], app)]
    for (const tab of tabs) await tab.joins(channel, ada)
    for (const tab of tabs) expect(await tab.rest()).toEqual([])
    tabs[0]!.send({ event: 'pusher:unsubscribe', data: { channel } })
    await tabs[0]!.rest()
    for (const tab of tabs) {
      tab.end()
      await tab.closed
    }
    for (const witness of witnesses) {
      await witness.hears('pusher_internal:member_removed')
      const about = witness.raw.filter((text) => text.includes('ada'))
      const data = [JSON.stringify(ada), JSON.stringify({ user_id: 'ada' })]
      expect(about).toEqual([
        JSON.stringify({ event: 'pusher_internal:member_added', channel, data: data[0] }),
        JSON.stringify({ event: 'pusher_internal:member_removed', channel, data: data[1] }),
      ])
    }
  })

  it('a user_id that is a number is a string from then on', async () => {
    const { nodes } = await start()
    const [one, other] = [await dial(nodes[0]!, app), await dial(nodes[0]!, app)]
    await one.joins(channel, bob)
    const { data } = await other.joins(channel, { user_id: 10, user_info: { name: 'Mr. Channels' } })
    expect(data).toMatchObject({ presence: { hash: { 10: { name: 'Mr. Channels' } } } })
    expect((await one.hears('pusher_internal:member_added')).data).toMatchObject({ user_id: '10' })
  })

  it('the identity is the signed-in user where channel_data is absent', async () => {
    const { nodes } = await start()
    const client = await dial(nodes[0]!, app)
    client.send(subscription(app, client.id, channel))
    expect((await client.hears('pusher:subscription_error')).data).toMatchObject({ type: 'AuthError', status: 401 })
    await client.signsIn({ id: 'ada', user_info: { name: 'Ada' } })
    expect((await client.joins(channel)).data).toEqual({
      presence: { ids: ['ada'], hash: { ada: { name: 'Ada' } }, count: 1 },
    })
  })

  it.each([
    ['no JSON', 'x'],
    ['no object', '[1]'],
    ['no user_id', '{"user_info":{}}'],
    ['an empty user_id', '{"user_id":""}'],
    ['a user_id of 256 characters', JSON.stringify({ user_id: 'x'.repeat(256) })],
    ['a number that JSON cannot keep', '{"user_id":12345678901234567890}'],
    ['broken Unicode', '{"user_id":"\\ud800"}'],
    ['user_info above 1 KB', JSON.stringify({ user_id: 'x', user_info: 'x'.repeat(1023) })],
    ['16 KB of nested lists', `{"user_id":"x","user_info":${'['.repeat(8000)}${']'.repeat(8000)}}`],
    ['100 KB of nested lists', `{"user_id":"x","user_info":${'['.repeat(50_000)}${']'.repeat(50_000)}}`],
  ])('a member with %s is refused', async (_, channelData) => {
    const { nodes } = await start()
    const client = await dial(nodes[0]!, app)
    client.send(subscription(app, client.id, channel, channelData))
    expect((await client.hears('pusher:subscription_error', channel)).data).toMatchObject({ status: 400 })
  })

  it.each([
    ['an id of 255 characters', { user_id: '☃'.repeat(255) }],
    ['user_info of 1 KB', { user_id: 'x', user_info: 'x'.repeat(1022) }],
    ['the name of what every object has', { user_id: '__proto__', user_info: { a: 1 } }],
    ['line breaks and NUL', { user_id: 'a\n\0b' }],
  ])('a member with %s is taken', async (_, member) => {
    const { nodes } = await start()
    const client = await dial(nodes[0]!, app)
    const { presence } = (await client.joins(channel, member)).data as { presence: { ids: string[]; hash: object } }
    expect(presence.ids).toEqual([member.user_id])
    expect(Object.keys(presence.hash)).toEqual([member.user_id])
  })

  it('at most 100 members join, unless the app sets another limit; another tab of a member is accepted', async () => {
    const small = appWith({ limits: { presenceMembers: 1 } }, { id: 4, key: 'small' })
    const { pair } = await start({ apps: [app, small] })
    const [one, other] = [await dial(pair[0], small), await dial(pair[1], small)]
    await one.joins(channel, ada)
    other.send(subscription(small, other.id, channel, bob))
    expect((await other.hears('pusher:subscription_error', channel)).data).toMatchObject({ type: 'LimitReached' })
    await other.joins(channel, ada)
    const crowd = await Promise.all(Array.from({ length: 101 }, () => dial(pair[1], app)))
    for (const [n, client] of crowd.slice(0, 100).entries()) await client.joins(channel, { user_id: n })
    crowd[100]!.send(subscription(app, crowd[100]!.id, channel, bob))
    expect((await crowd[100]!.hears('pusher:subscription_error')).data).toMatchObject({ type: 'LimitReached' })
  })

  it('an app says how long an id and user_info may be, up or down', async () => {
    const roomy = appWith({ limits: { userInfoBytes: 20_000, userIdCharacters: 300 } })
    const narrow = appWith({ limits: { userInfoBytes: 4, userIdCharacters: 3 } }, { id: 4, key: 'narrow' })
    const { nodes } = await start({ apps: [roomy, narrow] })
    const [one, other] = [await dial(nodes[0]!, roomy), await dial(nodes[0]!, narrow)]
    await one.joins(channel, { user_id: 'x'.repeat(300), user_info: '\0'.repeat(3333) })
    const refused = async (member: object, error: string) => {
      other.send(subscription(narrow, other.id, channel, member))
      expect((await other.hears('pusher:subscription_error')).data).toMatchObject({ error, status: 400 })
    }
    await refused({ user_id: 'adam' }, 'The user_id must be a text of 1 to 3 characters, or a whole number.')
    await refused({ user_id: 'ada', user_info: 'abc' }, 'The user_info has at most 4 bytes.')
    await other.joins(channel, { user_id: 'ada', user_info: 'ab' })
  })

  it('there are no members once their connections are gone', async () => {
    const { pair } = await start()
    const client = await dial(pair[0], app)
    await client.joins(channel, ada)
    client.end()
    await expect.poll(() => pair[1].hub.roster.size(`channels:${app.id}:${channel}`)).toBe(0)
  })
})
