import { createClient } from '@carillon/client'
import type { App } from '@carillon/contract'
import { fakeProvider, waitFor } from '@carillon/testkit'
import jwt from 'jsonwebtoken'
import pg from 'pg'
import Pusher from 'pusher'
import { describe, expect, it, onTestFinished } from 'vitest'
import { balancer } from '../services/balancer.ts'
import { type ChannelsSocket, dial } from '../services/channels-socket.ts'
import { hasPostgres } from '../services/database.ts'
import { hasRedis } from '../services/fresh-redis.ts'
import { signedInConsole } from '../services/console.ts'
import { admin, installation, type Process } from '../services/installation.ts'
import { connected, listen, pusherJsOn } from '../services/pusher-js.ts'
import { joins } from '../services/sessions.ts'

const slow = 240_000
const busy = { timeout: 30_000 }
const ROOM = 'presence-room'

describe.skipIf(!hasPostgres || !hasRedis)('realtime in processes of its own', () => {
  it(
    'reaches people on whichever node they are, and knows who is there, also when a node is killed',
    async () => {
      const { app, run } = await installation()
      const [api, , one, other] = await Promise.all([run('api'), run('worker'), run('realtime'), run('realtime')])
      const server = sdkOn(other, app)

      const [ada, bob] = [await signedIn(one, app, 'ada'), await signedIn(other, app, 'bob')]
      const push = await pushingThrough(api, app)
      const console = await signedInConsole(api)
      const passed = await console.stream('/console/live/events?data=shown')
      for (const [person, socket] of [
        ['ada', ada],
        ['bob', bob],
      ] as const) {
        await push(person)
        expect(await socket.hears('hello')).toMatchObject({ channel: `#server-to-user-${person}`, data: { n: 1 } })
      }

      await server.trigger('news', 'headline', { n: 'over two processes' })
      await waitFor(() => passed().includes('over two processes'))
      for (const person of ['ada', 'bob']) expect(passed()).toContain(`<span class="name">${person}</span>`)

      await ada.joins(ROOM, { user_id: 'ada' })
      await bob.joins(ROOM, { user_id: 'bob' })
      const eve = [await dial(one, app), await dial(other, app)]
      for (const socket of eve) await socket.joins(ROOM, { user_id: 'eve' })
      for (const socket of eve) socket.end()
      await Promise.all([leavingHeard(ada, 'eve'), leavingHeard(bob, 'eve')])
      const changes = ({ event, data }: { event: string; data?: unknown }) => [event, data]
      expect([ada, bob].map(({ heard }) => heard.map(changes))).toEqual([
        [
          ['pusher_internal:member_added', { user_id: 'bob' }],
          ['pusher_internal:member_added', { user_id: 'eve' }],
          ['pusher_internal:member_removed', { user_id: 'eve' }],
        ],
        [
          ['pusher_internal:member_added', { user_id: 'eve' }],
          ['pusher_internal:member_removed', { user_id: 'eve' }],
        ],
      ])
      ada.heard.splice(0)
      expect(await usersIn(server)).toEqual(['ada', 'bob'])
      expect(await console.text('/console/live')).toContain('ada, bob')

      const session = await newSession(one, app)
      const [ann, bill] = [await joins(one, session, {}, app), await joins(other, session, {}, app)]
      const { id: streamId } = await bill.publishes()
      await ann.hears({ type: 'streamCreated' })

      await other.process.stop('SIGKILL')
      await leavingHeard(ada, 'bob')
      await waitFor(() => ann.heard.some(({ type }) => type === 'connectionDestroyed'), busy)
      expect(await ann.hears({ type: 'streamDestroyed' })).toMatchObject({ stream: { id: streamId } })
      expect((await joins(one, session, {}, app)).connected).toMatchObject({
        connections: [{ id: ann.id }, {}],
        streams: [],
      })
      const survivor = sdkOn(one, app)
      expect(await usersIn(survivor)).toEqual(['ada'])
      expect(await survivor.get({ path: `/channels/${ROOM}`, params: { info: 'user_count' } }).then(json)).toEqual({
        occupied: true,
        user_count: 1,
      })
      // Whoever comes next is heard of after all that there was to hear.
      await (await dial(one, app)).joins(ROOM, { user_id: 'fay' })
      await waitFor(() => ada.heard.length >= 2)
      expect(ada.heard.map(changes)).toEqual([
        ['pusher_internal:member_removed', { user_id: 'bob' }],
        ['pusher_internal:member_added', { user_id: 'fay' }],
      ])
    },
    slow,
  )

  it(
    'is left with 4200 when a node stops, for the other one, through any load balancer',
    async () => {
      const { app, run } = await installation()
      const [one, other] = await Promise.all([run('realtime'), run('realtime')])
      const crowd = await Promise.all(Array.from({ length: 20 }, () => dial(one, app)))
      const client = await connected(pusherJsOn(await balancer([one.port, other.port]), app))
      const { heard } = await listen(client, 'news')
      const before = client.connection.socket_id

      expect(await one.process.stop('SIGTERM')).toBe(0)
      expect(new Set(await Promise.all(crowd.map(({ closed }) => closed)))).toEqual(
        new Set(['4200 This server is stopping.']),
      )
      const comeBack = () => client.connection.state === 'connected' && client.connection.socket_id !== before
      await waitFor(comeBack, busy)
      await waitFor(() => heard.filter(([event]) => event === 'pusher:subscription_succeeded').length === 2, busy)
      await sdkOn(other, app).trigger('news', 'headline', { n: 1 })
      await waitFor(() => heard.some(([event]) => event === 'headline'), busy)
    },
    slow,
  )

  it(
    'tells the application once, signed, of what lasts over all nodes, and goes to no private address unless allowed',
    async () => {
      const { app, run, databaseUrl } = await installation()
      const [receiver, elsewhere] = [await fakeProvider(), await fakeProvider()]
      onTestFinished(async () => void (await Promise.all([receiver.close(), elsewhere.close()])))
      const [api, careful] = await Promise.all([run('api'), run('worker')])
      await setWebhook(api, receiver.url)
      const [one, other] = await Promise.all([run('realtime'), run('realtime')])

      const sockets = [await dial(one, app), await dial(other, app)]
      for (const socket of sockets) await socket.joins('news')
      await waitFor(async () => (await triesOfCallbacks(databaseUrl)) >= 2, busy)
      expect(receiver.requests).toEqual([])

      await careful.process.stop('SIGTERM')
      receiver.answer({ status: 302, headers: { location: elsewhere.url } })
      await run('worker', { ALLOW_PRIVATE_HOOKS: '1' })
      await waitFor(() => receiver.requests.length >= 2, { timeout: 90_000 })
      for (const socket of sockets) socket.end()
      await waitFor(() => receiver.requests.length >= 3, busy)
      await (await dial(other, app)).joins('more-news')
      await waitFor(() => receiver.requests.length >= 4, busy)

      const occupied = { name: 'channel_occupied', channel: 'news' }
      const told = receiver.requests.map(({ headers, body }) => {
        const webhook = sdkOn(one, app).webhook({ headers, rawBody: body })
        return webhook.isValid() && webhook.getEvents()
      })
      expect(told).toEqual([
        [occupied],
        [occupied], // the redirection was no yes, and was not followed
        [{ name: 'channel_vacated', channel: 'news' }],
        [{ name: 'channel_occupied', channel: 'more-news' }],
      ])
      expect(elsewhere.requests).toEqual([])

      // What happens in sessions goes the same way.
      const session = await newSession(one, app)
      const wish = { group: 'connection', event: 'created', url: `${receiver.url}/sessions` }
      await asksSessions(one, app, `/v2/project/${app.key}/callback`, JSON.stringify(wish))
      const { id } = await joins(other, session, {}, app)
      const ofSession = () => receiver.requests.find(({ path }) => path === '/sessions')
      const { body } = await waitFor(ofSession, busy)
      expect(JSON.parse(body)).toMatchObject({ sessionId: session, event: 'connectionCreated', connection: { id } })
    },
    slow,
  )
})

async function newSession(node: Process, app: App): Promise<string> {
  const [{ session_id: id }] = (await asksSessions(node, app, '/session/create')) as [{ session_id: string }]
  return id
}

async function asksSessions({ url }: Process, { key, secrets }: App, path: string, body = ''): Promise<unknown> {
  const now = Math.floor(Date.now() / 1000)
  const token = jwt.sign({ iss: key, ist: 'project', iat: now, exp: now + 300 }, secrets[0]!.secret)
  const response = await fetch(url + path, { method: 'POST', headers: { 'X-OPENTOK-AUTH': token }, body })
  expect(response.status).toBe(200)
  return response.json()
}

function sdkOn({ port }: Process, { id, key, secrets }: App): Pusher {
  return new Pusher({ appId: String(id), key, secret: secrets[0]!.secret, host: '127.0.0.1', port: String(port) })
}

async function signedIn(node: Process, app: App, user: string): Promise<ChannelsSocket> {
  const socket = await dial(node, app)
  await socket.signsIn(user)
  await socket.joins(`#server-to-user-${user}`)
  return socket
}

/** Makes both people pushers, who can then be pushed to. */
async function pushingThrough(api: Process, { key, secrets }: App): Promise<(pusher: string) => Promise<unknown>> {
  const client = createClient({ url: api.url, key, secret: secrets[0]!.secret })
  onTestFinished(() => client.close())
  for (const pusher of ['ada', 'bob']) {
    await client.addPusher(pusher, {})
    await client.addSender('sendrealtime', pusher)
  }
  return (pusher) => client.push('sendrealtime', pusher, JSON.stringify({ event: 'hello', data: { n: 1 } }))
}

/** A node that was killed is missed when its lease is over. */
function leavingHeard({ heard }: ChannelsSocket, user: string): Promise<unknown> {
  const isIt = ({ event, data }: { event: string; data?: unknown }) =>
    event === 'pusher_internal:member_removed' && (data as { user_id: string }).user_id === user
  return waitFor(() => heard.some(isIt), busy)
}

async function usersIn(server: Pusher): Promise<string[]> {
  const { users } = (await server.get({ path: `/channels/${ROOM}/users` }).then(json)) as { users: { id: string }[] }
  return users.map(({ id }) => id).toSorted()
}

function json(response: { json(): Promise<unknown> }): Promise<unknown> {
  return response.json()
}

async function setWebhook(api: Process, url: string): Promise<void> {
  const authorization = `Basic ${Buffer.from(`${admin.account}:${admin.password}`).toString('base64')}`
  const response = await fetch(`${api.url}/v1/apps/1`, {
    method: 'PATCH',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify({ webhooks: [{ url, events: [] }] }),
  })
  expect(response.status).toBe(200)
}

async function triesOfCallbacks(databaseUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ tries: number }>('select max(attempt)::int as tries from carillon.callbacks')
    return rows[0]?.tries ?? 0
  } finally {
    await client.end()
  }
}
