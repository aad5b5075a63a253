import { rm } from 'node:fs/promises'
import { once } from 'node:events'
import { type HttpServer, listen } from '@carillon/http'
import { memoryCluster } from '@carillon/backplane'
import { redisCluster } from '@carillon/redis'
import type { Cluster } from '@carillon/contract'
import { createHub, type Hub } from '@carillon/hub'
import { guardedOutbound, type GuardedOutbound } from '@carillon/outgoing'
import { gopusherProtocol } from '@carillon/protocol-gopusher'
import { createRealtime, type Realtime } from '@carillon/realtime'
import { openStore, type Store } from '@carillon/store'
import { silentLogger as log } from '@carillon/testkit'
import { afterAll, beforeAll, describe, onTestFinished } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { newDataDir } from '../services/data-dir.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { freshRedis, hasRedis } from '../services/fresh-redis.ts'

export const admin = { account: 'root', password: 'wurzel' }

/** Servers of GoPusher that know of each other; in memory both are one. */
export interface Nodes {
  store: Store
  hubs: [Hub, Hub]
  /** Port of each. */
  ports: [number, number]
  close(): Promise<void>
}

/** Defines the same tests for each kind of cluster that this machine has. */
export function onEveryCluster(what: string, define: (current: () => Nodes) => void): void {
  for (const { name, available, open } of kinds) {
    describe.skipIf(!available)(`${what}, ${name}`, () => {
      let nodes: Nodes
      beforeAll(async () => {
        nodes = await open()
      })
      afterAll(() => nodes.close())
      define(() => nodes)
    })
  }
}

const kinds = [
  { name: 'in one process on the embedded database', available: true, open: openEmbedded },
  { name: 'in two processes on Postgres and Redis', available: hasPostgres && hasRedis, open: openServers },
]

async function openEmbedded(): Promise<Nodes> {
  const dataDir = await newDataDir()
  const store = await openStore({ dataDir, onError() {} })
  const node = await openNode(store, memoryCluster())
  return {
    store,
    hubs: [node.hub, node.hub],
    ports: [node.port, node.port],
    async close() {
      await node.close()
      await store.close()
      await rm(dataDir, { recursive: true })
    },
  }
}

async function openServers(): Promise<Nodes> {
  const [database, redis] = [await freshDatabase(), await freshRedis()]
  const store = await openStore({ databaseUrl: database.url, dataDir: '', onError() {} })
  const one = await openNode(store, await redisCluster({ ...redis, onError() {} }))
  const other = await openNode(store, await redisCluster({ ...redis, onError() {} }))
  return {
    store,
    hubs: [one.hub, other.hub],
    ports: [one.port, other.port],
    async close() {
      await Promise.all([one.close(), other.close()])
      await store.close()
      await database.drop()
      await redis.drop()
    },
  }
}

async function openNode(store: Store, cluster: Cluster) {
  const hub = createHub({ cluster, log })
  const outbound = guardedOutbound({ allowPrivate: true })
  const protocol = gopusherProtocol({ hub, apps: store.gopusherApps, admin, outbound, log })
  const { server, realtime } = await serve(createRealtime({ protocols: [protocol], log }))
  return { hub, port: server.port, close: () => closeNode({ server, realtime, cluster, outbound }) }
}

async function serve(realtime: Realtime) {
  const fetchOr404 = (request: Request, env?: unknown) =>
    realtime.fetch(request, env) ?? new Response(null, { status: 404 })
  const server = await listen({ fetch: fetchOr404 }, { host: '127.0.0.1', port: 0 })
  realtime.attach(server.server)
  return { server, realtime }
}

interface OpenNode {
  server: HttpServer
  realtime: Realtime
  cluster: Cluster
  outbound: GuardedOutbound
}

async function closeNode({ server, realtime, cluster, outbound }: OpenNode): Promise<void> {
  await realtime.stop()
  await server.close(0)
  await outbound.close()
  await cluster.close()
}

export interface Account {
  account: string
  password: string
}

interface Calling {
  /** Default: the super admin; null: nobody. */
  as?: Account | null
  form?: Record<string, string> | FormData
  headers?: Record<string, string>
  /** Which of the nodes; default the first. */
  node?: 0 | 1
}

export interface Answer {
  status: number
  headers: Headers
  json: Record<string, unknown>
}

/** One call of the API. */
export async function call(nodes: Nodes, line: string, calling: Calling = {}): Promise<Answer> {
  const [method = '', path = ''] = line.split(' ')
  const { as = admin, form, node = 0, headers } = calling
  const response = await fetch(`http://127.0.0.1:${nodes.ports[node]}${path}`, {
    method,
    headers: { ...(as && { authorization: basic(as) }), ...headers },
    ...(form && { body: form instanceof FormData ? form : new URLSearchParams(form) }),
  })
  return { status: response.status, headers: response.headers, json: (await response.json()) as Answer['json'] }
}

function basic({ account, password }: Account): string {
  return `Basic ${Buffer.from(`${account}:${password}`).toString('base64')}`
}

export interface Registered extends Account {
  id: number
  key: string
  secret: string
}

let registered = 0

/** A new app with an account of its own. */
export async function registerApp(nodes: Nodes, connectHook?: string): Promise<Registered> {
  const [account, password] = [`account-${++registered}`, `password-${registered}`]
  const form = { app_name: `app ${registered}`, auth_account: account, auth_password: password }
  const { json } = await call(nodes, 'POST /api/register', {
    form: { ...form, ...(connectHook !== undefined && { connect_hook: connectHook }) },
  })
  return { account, password, id: Number(json.app_id), key: String(json.app_key), secret: String(json.app_secret) }
}

export interface Dialed {
  socket: WebSocket
  heard: string[]
  closed: Promise<string>
}

/** A plain client; `path` begins behind `/ws/`. It may not be listed as online yet. */
export async function dial(nodes: Nodes, path: string, node: 0 | 1 = 0, options: ClientOptions = {}): Promise<Dialed> {
  const socket = new WebSocket(`ws://127.0.0.1:${nodes.ports[node]}/ws/${path}`, options)
  const heard: string[] = []
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => `${Number(code)} ${String(reason)}`)
  socket.on('message', (data: Buffer) => heard.push(data.toString()))
  onTestFinished(() => socket.terminate())
  await once(socket, 'open')
  return { socket, heard, closed }
}

/** Status and text of the answer to a client that is not let in. */
export function refusal(nodes: Nodes, path: string, options: ClientOptions = {}): Promise<string> {
  const socket = new WebSocket(`ws://127.0.0.1:${nodes.ports[0]}/ws/${path}`, options)
  return new Promise((resolve, reject) => {
    socket.on('error', () => {})
    socket.on('open', () => reject(new Error('It was let in.')))
    socket.on('unexpected-response', (_, response) => {
      response.setEncoding('utf8').on('data', (text: string) => resolve(`${response.statusCode} ${text}`))
    })
  })
}
