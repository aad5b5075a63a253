import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { signRequest } from '@carillon/client'
import { createSessionsClient } from '@carillon/client/sessions'
import type { App } from '@carillon/contract'
import pg from 'pg'
import { describe, expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'
import { dial, dialTarget } from '../services/channels-socket.ts'
import { hasPostgres } from '../services/database.ts'
import { hasRedis } from '../services/fresh-redis.ts'
import { admin, installation, type Process } from '../services/installation.ts'
import { appWith } from '../services/realtime.ts'
import { tokenFor } from '../services/sessions.ts'
import { authFrame, rawProducer, tokenOf } from '../services/snapper-clients.ts'

const slow = { timeout: 240_000 }
const UNAUTHORIZED = { error: { code: 401, data: 'Error: The app is disabled' } }

interface Node extends Process {
  producers: number
}

describe.skipIf(!hasPostgres || !hasRedis)('an app that is disabled', () => {
  it('loses its connections on every protocol and every node, and another app none', slow, async () => {
    const { run, databaseUrl } = await installation()
    const [api, ...nodes] = await Promise.all([run('api'), realtime(run), realtime(run)])
    const [shop, other] = [await newApp(api, 'shop'), await newApp(api, 'other')]

    const opened = await Promise.all(nodes.map((node) => openAll(node, shop)))
    const others = await Promise.all(nodes.map((node) => openAll(node, other)))
    await change(api, shop, { enabled: false })
    for (const { ends } of opened) expect(await Promise.all(ends)).toEqual(ENDS)
    expect(others.flatMap(({ over }) => over)).toEqual([])

    // What was looked up is good for a second.
    for (const node of nodes) await expect.poll(() => answersOf(api, node, shop), { timeout: 10_000 }).toEqual(REFUSED)
    await change(api, shop, { enabled: true })
    const asked = () => answersOf(api, nodes[0], shop)
    await expect.poll(asked, { timeout: 10_000 }).toMatchObject({ connecting: 'in', channels: 200, consumer: 200 })
    await openAll(nodes[0], shop)

    await query(databaseUrl, 'delete from carillon.apps where id = $1', [other.id])
    for (const { ends } of others) expect(await Promise.all(ends)).toEqual(ENDS)
  })
})

const ENDS = [
  '4003 This app is disabled.',
  '1008 This app is disabled.',
  '4403 This app is disabled.',
  'the consumer ended',
  'the poll ended',
  'the producer ended',
]
const REFUSED = {
  connecting: '4003 This app is disabled.',
  gopusher: 404,
  channels: 403,
  sessions: 403,
  pushers: 403,
  stats: 401,
  consumer: 400,
}

async function realtime(run: (role: 'realtime') => Promise<Process>): Promise<Node> {
  const node = await run('realtime')
  const [, producers] = await node.process.says(/producers connect to \S+:(\d+)/)
  return { ...node, producers: Number(producers) }
}

/** A connection of each kind; a consumer of Snapper also by polling. */
async function openAll(node: Node, app: App): Promise<{ ends: Promise<string>[]; over: string[] }> {
  const channels = await dial(node, app)
  await channels.joins('news')
  const gopusher = socketTo(`${node.url}/ws/${app.key}/ann`, 'open')
  const session = socketTo(`${node.url}/session/${await sessionOf(node, app)}`)
  const token = (user: string) => encodeURIComponent(tokenOf(app, { userId: `${user}-${node.port}` }))
  const consumer = socketTo(`${node.url}/websocket/?EIO=3&transport=websocket&token=${token('ann')}`)
  const polling = `${node.url}/websocket/?EIO=3&transport=polling&token=${token('bob')}`
  const [, sid] = /"sid":"([^"]+)"/.exec(await (await fetch(polling)).text())!
  const poll = `${polling}&sid=${encodeURIComponent(sid!)}`
  const producer = await rawProducer(node)
  producer.write(authFrame(tokenOf(app, { id: 'shop' })))
  expect(await producer.hears(1)).toMatchObject([{ result: 'OK' }])
  await Promise.all([gopusher, session, consumer].map(({ open }) => open))
  const ends = [
    channels.closed,
    gopusher.closed,
    session.closed,
    consumer.closed.then(() => 'the consumer ended'),
    pollsAreOver(poll).then(() => 'the poll ended'),
    once(producer.socket, 'close').then(() => {
      expect(producer.frames().at(-1)).toMatchObject(UNAUTHORIZED)
      return 'the producer ended'
    }),
  ]
  const over: string[] = []
  for (const end of ends) void end.then((how) => over.push(how)).catch(() => {})
  return { ends, over }
}

/** Resolves once a poll is answered with an end, or the session is not known any more. */
async function pollsAreOver(poll: string): Promise<void> {
  for (let answer = await fetch(poll); answer.ok; answer = await fetch(poll)) {
    if ((await answer.text()).includes(':1')) return
  }
}

function socketTo(url: string, first = 'message') {
  const socket = new WebSocket(url.replace('http:', 'ws:'))
  onTestFinished(() => socket.terminate())
  return {
    open: once(socket, first).catch(() => {}),
    closed: once(socket, 'close').then(([code, reason]: unknown[]) => `${Number(code)} ${String(reason)}`),
  }
}

async function sessionOf(node: Node, app: App): Promise<string> {
  const client = createSessionsClient({ url: node.url, key: app.key, secret: app.secrets[0]!.secret })
  const { id } = await client.createSession()
  client.close()
  return `${id}?token=${tokenFor(id, {}, app)}`
}

/** How new clients are answered. */
async function answersOf(api: Process, node: Node, app: App) {
  const [key, secret] = [app.key, app.secrets[0]!.secret]
  const connecting = dialTarget(node, `/app/${key}?protocol=7`)
  const entered = connecting.hears('pusher:connection_established').then(
    () => 'in',
    () => 'out',
  )
  const status = async (url: string, headers: Record<string, string> = {}) => (await fetch(url, { headers })).status
  const token = (claims: object) => tokenOf(app, claims)
  const project = token({ iss: key, ist: 'project' })
  const basic = { authorization: `Basic ${btoa(`${admin.account}:${admin.password}`)}` }
  const pushers = signRequest({ key, secret, method: 'GET', pathAndQuery: '/pusher/pushers/' })
  return {
    connecting: await Promise.race([connecting.closed, entered]),
    gopusher: await status(`${node.url}/api/${key}/listonlineuser`, basic),
    channels: await status(node.url + channelsOf(app)),
    sessions: await status(`${node.url}/v2/project/${key}/archive`, { 'x-opentok-auth': project }),
    pushers: await status(`${api.url}/pusher/pushers/`, pushers),
    stats: await status(`${node.url}/stats?token=${token({ name: 'snapper' })}`),
    consumer: await status(`${node.url}/websocket/?EIO=3&transport=polling&token=${token({ userId: 'eve' })}`),
  }
}

/** Asks for the channels of an app, signed. */
function channelsOf({ id, key, secrets }: App): string {
  const parameters = `auth_key=${key}&auth_timestamp=${Math.floor(Date.now() / 1000)}&auth_version=1.0`
  const path = `/apps/${id}/channels`
  const signature = createHmac('sha256', secrets[0]!.secret).update(`GET\n${path}\n${parameters}`).digest('hex')
  return `${path}?${parameters}&auth_signature=${signature}`
}

async function newApp(api: Process, name: string): Promise<App> {
  const { app } = await administer(api, 'POST', '/v1/apps', { name })
  return appWith({}, app)
}

async function change(api: Process, { id }: App, fields: object): Promise<void> {
  await administer(api, 'PATCH', `/v1/apps/${id}`, fields)
}

async function administer(api: Process, method: string, path: string, body: object): Promise<{ app: App }> {
  const authorization = `Basic ${btoa(`${admin.account}:${admin.password}`)}`
  const headers = { authorization, 'content-type': 'application/json' }
  const response = await fetch(api.url + path, { method, headers, body: JSON.stringify(body) })
  expect(response.ok).toBe(true)
  return (await response.json()) as { app: App }
}

async function query(connectionString: string, text: string, values: unknown[]): Promise<void> {
  const client = new pg.Client({ connectionString })
  await client.connect()
  await client.query(text, values)
  await client.end()
}
