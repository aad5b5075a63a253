import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { requestListener } from '@carillon/http'
import { memoryCluster } from '@carillon/backplane'
import { redisCluster } from '@carillon/redis'
import type { App, AppDirectory, AppSettings, Callback, Cluster, Protocol } from '@carillon/contract'
import { createHub, type Hub } from '@carillon/hub'
import { channelsProtocol } from '@carillon/protocol-channels'
import { createRealtime } from '@carillon/realtime'
import { silentLogger } from '@carillon/testkit'
import { describe, onTestFinished } from 'vitest'
import { freshRedis, hasRedis } from './fresh-redis.ts'

/** A realtime server: WebSockets and HTTP on one port. */
export interface RealtimeNode {
  port: number
  /** `http://127.0.0.1:<port>` */
  url: string
  readonly hub: Hub
  cluster: Cluster
  /** Goes down as a server does that is to be replaced, and comes up again on the same port. */
  restart(): Promise<void>
}

export interface RealtimeServers {
  /** In memory there is one, on Redis as many as were asked for. */
  nodes: RealtimeNode[]
  /** Two nodes, which in memory are the same one. */
  pair: [RealtimeNode, RealtimeNode]
  /** What the servers find; may be changed while they run. */
  apps: App[]
  /** Everything that was to be posted to an app's servers. */
  callbacks: Callback[]
}

interface StartOptions {
  /** Default: one plain app. */
  apps?: App[]
  /** Default 2; more than one needs Redis. */
  nodes?: number
}

export type StartRealtime = (options?: StartOptions) => Promise<RealtimeServers>

/** Defines the same tests for one process by itself and for several over Redis; servers stop when their test ends. */
export function onEveryCluster(what: string, define: (start: StartRealtime) => void): void {
  describe(`${what} in memory`, () => {
    define(startInMemory)
  })
  describe.skipIf(!hasRedis)(`${what} over Redis`, () => {
    define(startOverRedis)
  })
}

export const startInMemory: StartRealtime = ({ apps } = {}) => startOn([memoryCluster()], apps)

const startOverRedis: StartRealtime = async ({ apps, nodes = 2 } = {}) => {
  const redis = await freshRedis()
  onTestFinished(redis.drop)
  return startOn(await clustersOn(redis, nodes), apps)
}

export function clustersOn(redis: { url: string; prefix: string }, nodes: number): Promise<Cluster[]> {
  return Promise.all(Array.from({ length: nodes }, () => redisCluster({ ...redis, onError() {} })))
}

/** One node on each cluster. */
export async function startOn(clusters: readonly Cluster[], apps = [appWith()]): Promise<RealtimeServers> {
  const callbacks: Callback[] = []
  const nodes = await Promise.all(clusters.map((cluster) => startNode(cluster, apps, callbacks)))
  return { nodes, pair: [nodes[0]!, nodes.at(-1)!], apps, callbacks }
}

/** An app with the key and the secret of the examples in Pusher's documents. */
export function appWith(settings: AppSettings = {}, fields: Partial<App> = {}): App {
  return {
    id: 3,
    name: 'shop',
    key: '278d425bdf160c739803',
    secrets: [{ id: 1, secret: '7ad3773142a6692b25b8', createdAt: 0 }],
    v2Only: false,
    enabled: true,
    settings,
    createdAt: 0,
    ...fields,
  }
}

function startNode(cluster: Cluster, apps: App[], callbacks: Callback[]): Promise<RealtimeNode> {
  const post = async (some: readonly Callback[]) => void callbacks.push(...some)
  const options = { apps: directoryOf(apps), callbacks: { post }, log: silentLogger }
  return serve(cluster, (hub) => [channelsProtocol({ ...options, hub })])
}

/** One node that speaks these protocols. */
export async function serve(cluster: Cluster, protocolsOn: (hub: Hub) => Protocol[]): Promise<RealtimeNode> {
  const open = () => {
    const hub = createHub({ cluster, log: silentLogger })
    const realtime = createRealtime({ protocols: protocolsOn(hub), log: silentLogger })
    server.removeAllListeners('upgrade')
    realtime.attach(server)
    return { hub, realtime }
  }
  const fetch = (request: Request, env?: unknown) =>
    current.realtime.fetch(request, env) ?? new Response(null, { status: 404 })
  const server = createServer(requestListener({ fetch }))
  let current = open()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(async () => {
    server.close()
    await current.realtime.stop()
    server.closeAllConnections()
    await cluster.close()
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    cluster,
    get hub() {
      return current.hub
    },
    async restart() {
      await current.realtime.stop()
      current = open()
    },
  }
}

export function directoryOf(apps: readonly App[]): AppDirectory {
  return {
    byKey: async (key) => apps.find((app) => app.key === key) ?? null,
    byId: async (id) => apps.find((app) => app.id === id) ?? null,
  }
}
