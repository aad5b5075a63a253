import { expect, it } from 'vitest'
import { dial, signingIn, trigger } from '../services/channels-socket.ts'
import { appWith, onEveryCluster } from '../services/realtime.ts'

const app = appWith({ watchlist: true })
const notFound = { code: 4009 }

onEveryCluster('users of Pusher Channels', (start) => {
  it('sign-in: signin_success repeats the user_data as it was signed', async () => {
    const { pair } = await start({ apps: [app] })
    const client = await dial(pair[0], app)
    const { data } = await client.signsIn({ id: 'ada', user_info: { name: 'Ada' } })
    expect(data).toEqual({ user_data: '{"id":"ada","user_info":{"name":"Ada"}}' })
    expect(await pair[1].hub.users.connections(app.id, ['ada'])).toEqual([1])
    client.send({ event: 'pusher:subscribe', data: { channel: 'news' } })
    await expect.poll(() => pair[1].hub.users.presence(app.id, 'ada')).toEqual({ connections: 1, channels: ['news'] })
    client.end()
    await expect.poll(() => pair[1].hub.users.connections(app.id, ['ada'])).toEqual([0])
  })

  it.each([
    ['a forged signature', { auth: `${app.key}:00`, user_data: '{"id":"ada"}' }],
    ['no signature', { user_data: '{"id":"ada"}' }],
    ['no user_data', { auth: `${app.key}:00` }],
  ])('sign-in with %s: pusher:error, then the end with 4009', async (_, data) => {
    const { nodes } = await start({ apps: [app] })
    const client = await dial(nodes[0]!, app)
    client.send({ event: 'pusher:signin', data })
    client.send({ event: 'pusher:subscribe', data: { channel: 'news' } })
    expect(await client.closed).toMatch(/^4009 /)
    expect(client.heard).toMatchObject([{ event: 'pusher:error', data: notFound }])
  })

  it('sign-in with the signature of another connection, app or secret ends with 4009', async () => {
    const { nodes } = await start({ apps: [app] })
    const other = await dial(nodes[0]!, app)
    const wrong = [
      () => signingIn(app, other.id, { id: 'ada' }),
      (id: string) => signingIn({ ...app, key: 'other' }, id, { id: 'ada' }),
      (id: string) => signingIn({ ...app, secrets: [{ id: 1, secret: 'no', createdAt: 0 }] }, id, { id: 'ada' }),
    ]
    for (const signed of wrong) {
      const client = await dial(nodes[0]!, app)
      client.send(signed(client.id))
      expect(await client.closed).toMatch(/^4009 /)
    }
  })

  it.each([[{}], [{ id: '' }], [{ id: 7.5 }], [{ id: 2 ** 53 }], [{ id: 'x'.repeat(256) }], [{ id: null }], [[]]])(
    'sign-in as %j ends with 4009, although it is signed',
    async (user) => {
      const { nodes } = await start({ apps: [app] })
      const client = await dial(nodes[0]!, app)
      client.send(signingIn(app, client.id, user))
      expect(await client.closed).toMatch(/^4009 /)
    },
  )

  it('sign-in with a number as id is that of its text, in watchlists too', async () => {
    const { pair } = await start({ apps: [app] })
    const watcher = await dial(pair[0], app)
    await watcher.signsIn({ id: 'ada', watchlist: [7] })
    await watcher.hears('pusher_internal:watchlist_events')
    const client = await dial(pair[1], app)
    expect((await client.signsIn({ id: 7 })).data).toEqual({ user_data: '{"id":7}' })
    const { data } = await watcher.hears('pusher_internal:watchlist_events')
    expect(data).toEqual({ events: [{ name: 'online', user_ids: ['7'] }] })
    await client.joins('#server-to-user-7')
    client.send(signingIn(app, client.id, { id: '7' }))
    await client.hears('pusher:signin_success')
    await trigger(pair[0], app, { channel: '#server-to-user-7' })
    await client.hears('news')
  })

  it('authorized connections: 4009 for who neither signs in nor gets onto a private channel in time', async () => {
    const strict = appWith(
      { authorizedConnections: true, limits: { authorizationSeconds: 2 } },
      { id: 4, key: 'strict' },
    )
    const { pair } = await start({ apps: [app, strict] })
    const [signedIn, onChannel, present] = [
      await dial(pair[0], strict),
      await dial(pair[0], strict),
      await dial(pair[1], strict),
    ]
    await signedIn.signsIn('ada')
    await onChannel.joins('private-x')
    await present.joins('presence-x', { user_id: 'bob' })
    const [idle, onPublic, refused] = [
      await dial(pair[0], strict),
      await dial(pair[1], strict),
      await dial(pair[1], strict),
    ]
    await onPublic.joins('news')
    refused.send({ event: 'pusher:subscribe', data: { channel: 'private-x', auth: 'no' } })
    const plain = await dial(pair[0], app)
    for (const client of [idle, onPublic, refused]) {
      expect(await client.closed).toBe('4009 The connection was not authorized in time.')
      expect(client.heard.at(-1)).toMatchObject({ event: 'pusher:error', data: { code: 4009 } })
    }
    for (const client of [signedIn, onChannel, present, plain]) expect(await client.rest()).toEqual([])
  })

  it('sign-in as another user on the same connection fails; as the same one it succeeds again', async () => {
    const { pair } = await start({ apps: [app] })
    const client = await dial(pair[0], app)
    await client.signsIn('ada')
    client.send(signingIn(app, client.id, { id: 'bob' }))
    expect(await client.rest()).toMatchObject([{ event: 'pusher:error' }])
    await client.signsIn('ada')
    expect(await pair[1].hub.users.connections(app.id, ['ada', 'bob'])).toEqual([1, 0])
  })

  it('an app says how long the id of a user may be, wherever one is named', async () => {
    const narrow = appWith({ watchlist: true, limits: { userIdCharacters: 3 } })
    const { nodes } = await start({ apps: [narrow] })
    const client = await dial(nodes[0]!, narrow)
    await client.signsIn({ id: 'ada', watchlist: ['adam', 'bob'] })
    const { data } = await client.hears('pusher_internal:watchlist_events')
    expect(data).toEqual({ events: [{ name: 'offline', user_ids: ['bob'] }] })
    client.send({ event: 'pusher:subscribe', data: { channel: '#server-to-user-adam' } })
    expect((await client.hears('pusher:subscription_error')).data).toMatchObject({ type: 'InvalidChannel' })
    const long = await dial(nodes[0]!, narrow)
    long.send(signingIn(narrow, long.id, { id: 'adam' }))
    expect(await long.closed).toMatch(/^4009 /)
  })

  it('server-to-user: only the own channel, after sign-in; events reach all connections of the user', async () => {
    const { pair } = await start({ apps: [app] })
    const id = 'ada l / ü#'
    const channel = `#server-to-user-${id}`
    const [one, other] = [await dial(pair[0], app), await dial(pair[1], app)]
    const subscribe = { event: 'pusher:subscribe', data: { channel, auth: '' } }
    one.send(subscribe)
    expect(await one.rest()).toMatchObject([{ event: 'pusher:subscription_error', channel, data: { status: 401 } }])
    for (const client of [one, other]) {
      await client.signsIn(id)
      expect((await client.joins(channel)).data).toEqual({})
    }
    one.send({ event: 'pusher:subscribe', data: { channel: '#server-to-user-bob', auth: '' } })
    expect(await one.rest()).toMatchObject([{ event: 'pusher:subscription_error' }])
    await trigger(pair[1], app, { channel })
    for (const client of [one, other]) expect((await client.hears('news', channel)).data).toEqual({ n: 1 })
  })

  it('a push rings every connection that listens', async () => {
    const { pair } = await start({ apps: [app] })
    const [one, deaf] = [await dial(pair[0], app), await dial(pair[1], app)]
    const message = { event: 'push', data: { n: 1 } }
    await one.signsIn('ada')
    await one.joins('#server-to-user-ada')
    expect(await pair[1].hub.users.notify(app.id, 'ada', message, 10_000)).toBe(true)
    expect(await one.hears('push')).toEqual({ event: 'push', channel: '#server-to-user-ada', data: { n: 1 } })
    await deaf.signsIn('bob')
    expect(await pair[0].hub.users.notify(app.id, 'bob', message, 10_000)).toBe(false)
    expect(await pair[1].hub.users.notify(app.id, 'ada', { event: 'push', data: 'text' }, 10_000)).toBe(true)
    await one.hears('push')
    expect(JSON.parse(one.raw.at(-1)!)).toMatchObject({ data: 'text' })
  })

  it('terminating a user closes the signed-in connections with 4009, on every node', async () => {
    const { pair } = await start({ apps: [app] })
    const clients = [await dial(pair[0], app), await dial(pair[1], app)]
    const another = await dial(pair[1], app)
    for (const client of clients) await client.signsIn('ada')
    await another.signsIn('bob')
    await pair[0].hub.users.terminate(app.id, 'ada', 5000)
    for (const client of clients) {
      expect(await client.closed).toMatch(/^4009 /)
      expect(client.heard).toMatchObject([{ event: 'pusher:error', data: { code: 4009 } }])
    }
    expect(await another.rest()).toEqual([])
  })

  it('server-to-user: a push that waits goes when the channel is there, not when the user has signed in', async () => {
    const { nodes } = await start()
    const arrived: string[] = []
    nodes[0]!.hub.onArrived((_, user) => arrived.push(user))
    const message = { event: 'push', data: { n: 1 } }
    const ada = await dial(nodes[0]!, app)
    await ada.signsIn('ada')
    expect(arrived).toEqual([])
    expect(await nodes[0]!.hub.users.notify(app.id, 'ada', message, 5000)).toBe(false)
    await ada.joins('#server-to-user-ada')
    expect(arrived).toEqual(['ada'])
    expect(await nodes[0]!.hub.users.notify(app.id, 'ada', message, 5000)).toBe(true)
    expect(await ada.hears('push')).toMatchObject({ data: { n: 1 } })
  })

  it('watchlist: who is online and who is not after sign-in, then each transition', async () => {
    const { pair } = await start({ apps: [app] })
    const [watcher, bob] = [await dial(pair[0], app), await dial(pair[1], app)]
    await bob.signsIn('bob')
    await watcher.signsIn({ id: 'ada', watchlist: ['bob', 'cy', 'bob', 7.5, ''] })
    await watcher.hears('pusher_internal:watchlist_events')
    const events = [
      { name: 'online', user_ids: ['bob'] },
      { name: 'offline', user_ids: ['cy'] },
    ]
    const data = JSON.stringify({ events })
    expect(watcher.raw.at(-1)).toBe(JSON.stringify({ event: 'pusher_internal:watchlist_events', data }))
    const tab = await dial(pair[0], app)
    await tab.signsIn('bob')
    bob.end()
    await bob.closed
    tab.end()
    const gone = await watcher.hears('pusher_internal:watchlist_events')
    expect(gone.data).toEqual({ events: [{ name: 'offline', user_ids: ['bob'] }] })
    await (await dial(pair[1], app)).signsIn('cy')
    const came = await watcher.hears('pusher_internal:watchlist_events')
    expect(came.data).toEqual({ events: [{ name: 'online', user_ids: ['cy'] }] })
    expect(await watcher.rest()).toEqual([])
  })

  it('watchlist: over 100 ids the first 100 are kept, with pusher:error 4302', async () => {
    const { pair } = await start({ apps: [app] })
    const watcher = await dial(pair[0], app)
    const watchlist = Array.from({ length: 101 }, (_, n) => `user${n}`)
    await watcher.signsIn({ id: 'ada', watchlist })
    expect((await watcher.hears('pusher:error')).data).toMatchObject({ code: 4302 })
    const { data } = await watcher.hears('pusher_internal:watchlist_events')
    expect(data).toEqual({ events: [{ name: 'offline', user_ids: watchlist.slice(0, 100) }] })
    await (await dial(pair[1], app)).signsIn('user100')
    await (await dial(pair[1], app)).signsIn('user99')
    const came = await watcher.hears('pusher_internal:watchlist_events')
    expect(came.data).toEqual({ events: [{ name: 'online', user_ids: ['user99'] }] })
  })

  it('watchlist: nothing if the app disables it, or the user watches nobody', async () => {
    const plain = appWith({}, { id: 4, key: 'plain' })
    const { nodes } = await start({ apps: [app, plain] })
    const [without, nobody] = [await dial(nodes[0]!, plain), await dial(nodes[0]!, app)]
    await without.signsIn({ id: 'ada', watchlist: ['bob'] })
    await nobody.signsIn({ id: 'ada', watchlist: 'bob' })
    for (const client of [without, nobody]) expect(await client.rest()).toEqual([])
  })
})
