import { randomBytes } from 'node:crypto'
import { waitFor } from '@carillon/testkit'
import type { PresenceChannel } from 'pusher-js'
import { expect, it } from 'vitest'
import { trigger } from '../services/channels-socket.ts'
import { connected, encrypt, listen, pusherJsOn } from '../services/pusher-js.ts'
import { appWith, onEveryCluster } from '../services/realtime.ts'

const app = appWith({ clientEvents: true, subscriptionCount: true, watchlist: true })
const ada = { user_id: 'ada', user_info: { name: 'Ada' } }
const bob = { user_id: 10, user_info: { name: 'Bob' } }

onEveryCluster('pusher-js', (start) => {
  it('hears public and private channels, but for the events that except its socket_id', async () => {
    const { pair } = await start({ apps: [app] })
    const client = await connected(pusherJsOn(pair[0], app))
    for (const name of ['news', 'private-news']) {
      const { heard } = await listen(client, name)
      await trigger(pair[1], app, { channel: name, data: '{"n":0}', except: client.connection.socket_id })
      await trigger(pair[1], app, { channel: name, event: 'App\\Events\\X', data: '{"n":1}' })
      await waitFor(() => heard.some(([event]) => event === 'App\\Events\\X'))
      expect(heard.filter(([event]) => !event.startsWith('pusher:'))).toEqual([['App\\Events\\X', { n: 1 }]])
    }
  })

  it('leaves a channel, and comes back', async () => {
    const { pair } = await start({ apps: [app] })
    const client = await connected(pusherJsOn(pair[0], app))
    await listen(client, 'news')
    client.unsubscribe('news')
    await expect.poll(() => pair[1].hub.roster.size(`channels:${app.id}`)).toBe(0)
    const { heard } = await listen(client, 'news')
    await trigger(pair[1], app, { channel: 'news' })
    await waitFor(() => heard.some(([event]) => event === 'news'))
  })

  it('knows who is present, on whichever node', async () => {
    const { pair } = await start({ apps: [app] })
    const one = (await listen(pusherJsOn(pair[0], app, { member: ada }), 'presence-room')).channel as PresenceChannel
    const other = pusherJsOn(pair[1], app, { member: bob })
    const { channel } = await listen(other, 'presence-room')
    expect((channel as PresenceChannel).members).toMatchObject({
      count: 2,
      members: { ada: ada.user_info, 10: bob.user_info },
      myID: 10,
      me: { id: 10, info: bob.user_info },
    })
    await expect.poll(() => one.members.count).toBe(2)
    other.disconnect()
    await expect.poll(() => one.members.count).toBe(1)
  })

  it('sends client events to the others, who know whose they are', async () => {
    const { pair } = await start({ apps: [app] })
    const one = await listen(pusherJsOn(pair[0], app, { member: ada }), 'presence-room')
    const other = await listen(pusherJsOn(pair[1], app, { member: bob }), 'presence-room')
    const heard: unknown[] = []
    other.channel.bind('client-x', (data: unknown, metadata: unknown) => heard.push(data, metadata))
    one.channel.trigger('client-x', { n: 1 })
    await waitFor(() => heard.length > 0)
    expect(heard).toEqual([{ n: 1 }, { user_id: 'ada' }])
    expect(one.heard.filter(([event]) => event === 'client-x')).toEqual([])
  })

  it('decrypts what only subscribers can read', async () => {
    const { pair } = await start({ apps: [app] })
    const masterKey = randomBytes(32)
    for (const name of ['private-encrypted-x', 'private-encrypted-cache-x']) {
      const { heard } = await listen(pusherJsOn(pair[0], app, { masterKey }), name)
      const data = encrypt(name, masterKey, '{"secret":"☃"}')
      await trigger(pair[1], app, { channel: name, data })
      await waitFor(() => heard.some(([event]) => event === 'news'))
      expect(heard).toContainEqual(['news', { secret: '☃' }])
    }
  })

  it.each(['cache-x', 'private-cache-x', 'presence-cache-x'])(
    'gets the last event of %s, or a cache_miss',
    async (name) => {
      const { pair } = await start({ apps: [app] })
      const early = await listen(pusherJsOn(pair[0], app, { member: ada }), name)
      await waitFor(() => early.heard.some(([event]) => event === 'pusher:cache_miss'))
      await trigger(pair[1], app, { channel: name, data: '{"n":7}' })
      await waitFor(() => early.heard.some(([event]) => event === 'news'))
      const late = await listen(pusherJsOn(pair[1], app, { member: bob }), name)
      await waitFor(() => late.heard.some(([event]) => event === 'news'))
      expect(late.heard).toContainEqual(['news', { n: 7 }])
    },
  )

  it('counts subscriptions', async () => {
    const { pair } = await start({ apps: [app] })
    const one = await listen(pusherJsOn(pair[0], app), 'news')
    const other = pusherJsOn(pair[1], app)
    await listen(other, 'news')
    await expect.poll(() => one.channel.subscriptionCount).toBe(2)
    other.disconnect()
    await expect.poll(() => one.channel.subscriptionCount).toBe(1)
  })

  it('signs in, and hears what is for its user alone', async () => {
    const { pair } = await start({ apps: [app] })
    const client = pusherJsOn(pair[0], app, { user: { id: 'ada', user_info: { name: 'Ada' } } })
    const heard: unknown[] = []
    client.user.bind('news', (data: unknown) => heard.push(data))
    client.signin()
    await waitFor(() => client.user.user_data as unknown)
    expect(client.user.user_data).toEqual({ id: 'ada', user_info: { name: 'Ada' } })
    await waitFor(() => pair[1].hub.users.notify(app.id, 'ada', { event: 'news', data: { n: 1 } }, 10_000))
    await trigger(pair[1], app, { channel: '#server-to-user-ada', data: '{"n":2}' })
    await waitFor(() => heard.length === 2)
    expect(heard).toEqual([{ n: 1 }, { n: 2 }])
    await pair[1].hub.users.terminate(app.id, 'ada', 5000)
    await waitFor(() => client.connection.state === 'disconnected')
  })

  it('is present as the user it signed in as', async () => {
    const { pair } = await start({ apps: [app] })
    const client = pusherJsOn(pair[0], app, { user: { id: 'ada', user_info: { name: 'Ada' } } })
    client.signin()
    const { channel } = await listen(client, 'presence-room')
    expect((channel as PresenceChannel).members.me).toEqual({ id: 'ada', info: { name: 'Ada' } })
  })

  it('watches its users come and go', async () => {
    const { pair } = await start({ apps: [app] })
    const watcher = pusherJsOn(pair[0], app, { user: { id: 'ada', watchlist: ['bob'] } })
    const seen: string[] = []
    for (const name of ['online', 'offline']) {
      watcher.user.watchlist.bind(name, ({ user_ids: ids }: { user_ids: string[] }) =>
        seen.push(`${name} ${ids.join()}`),
      )
    }
    watcher.signin()
    await waitFor(() => seen.length === 1)
    const watched = pusherJsOn(pair[1], app, { user: { id: 'bob' } })
    watched.signin()
    await waitFor(() => seen.length === 2)
    watched.disconnect()
    await waitFor(() => seen.length === 3)
    expect(seen).toEqual(['offline bob', 'online bob', 'offline bob'])
  })

  it('hears why it may not subscribe, and stays connected', async () => {
    const { pair } = await start({ apps: [app] })
    const client = await connected(pusherJsOn(pair[0], { ...app, secrets: [{ id: 1, secret: 'no', createdAt: 0 }] }))
    const errors: unknown[] = []
    client.subscribe('private-x').bind('pusher:subscription_error', (error: unknown) => errors.push(error))
    await waitFor(() => errors.length > 0)
    expect(errors).toMatchObject([{ type: 'AuthError', status: 401 }])
    await listen(client, 'news')
  })

  it('gives up for good where its key is unknown', async () => {
    const { pair } = await start({ apps: [app] })
    const client = pusherJsOn(pair[0], { ...app, key: 'nobody' })
    const errors: unknown[] = []
    client.connection.bind('error', (error: unknown) => errors.push(error))
    await waitFor(() => client.connection.state === 'disconnected')
    expect(errors).toMatchObject([{ error: { data: { code: 4001 } } }])
  })

  it('comes back by itself where its connection has ended with 4200, and is on its channels again', async () => {
    const { pair } = await start({ apps: [app] })
    const client = await connected(pusherJsOn(pair[0], app, { user: { id: 'ada' } }))
    const { heard } = await listen(client, 'news')
    const before = client.connection.socket_id
    await pair[0].restart()
    await waitFor(() => client.connection.state === 'connected' && client.connection.socket_id !== before)
    await waitFor(() => heard.filter(([event]) => event === 'pusher:subscription_succeeded').length === 2)
    await trigger(pair[1], app, { channel: 'news' })
    await waitFor(() => heard.some(([event]) => event === 'news'))
  })

  it('asks whether anybody is there, and is answered', async () => {
    const { pair } = await start({ apps: [app] })
    const client = pusherJsOn(pair[0], app, {}, { activityTimeout: 20 })
    const heard: string[] = []
    client.connection.bind('message', ({ event }: { event: string }) => heard.push(event))
    await connected(client)
    await waitFor(() => heard.includes('pusher:pong'))
    expect(client.connection.state).toBe('connected')
  })
})
