import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { rm } from 'node:fs/promises'
import { requestListener } from '@carillon/http'
import { memoryCluster } from '@carillon/backplane'
import { redisCluster, redisQueues } from '@carillon/redis'
import type { App, Cluster, SnapperQueues } from '@carillon/contract'
import { createHub, type Hub } from '@carillon/hub'
import { snapperProtocol, type SnapperOptions } from '@carillon/protocol-snapper'
import { createRealtime } from '@carillon/realtime'
import { openStore } from '@carillon/store'
import { silentLogger as log } from '@carillon/testkit'
import { afterAll, beforeAll, describe } from 'vitest'
import { newDataDir } from './data-dir.ts'
import { freshRedis, hasRedis } from './fresh-redis.ts'
import { appWith } from './realtime.ts'

/** A server of Snapper: consumers and `/stats` on one port, producers on another. */
export interface SnapperNode {
  /** `http://127.0.0.1:<port>` */
  url: string
  port: number
  producers: number
  hub: Hub
}

/** Servers that know of each other; in memory both are one. */
export interface SnapperNodes {
  pair: [SnapperNode, SnapperNode]
  queues: SnapperQueues
  /** What the servers find; may be changed while they run. */
  apps: App[]
  dropped(): number
  close(): Promise<void>
}

type Options = Pick<SnapperOptions, 'timeouts'>

/** Defines the same tests for one process on the embedded database, and for two over Redis. */
export function onEverySnapper(what: string, define: (current: () => SnapperNodes) => void, options?: Options): void {
  for (const { name, available, open } of kinds) {
    describe.skipIf(!available)(`${what}, ${name}`, () => {
      let nodes: SnapperNodes
      beforeAll(async () => {
        nodes = await open(options)
      })
      afterAll(() => nodes.close())
      define(() => nodes)
    })
  }
}

const kinds = [
  { name: 'in one process on the embedded database', available: true, open: openEmbedded },
  { name: 'in two processes over Redis', available: hasRedis, open: openOverRedis },
]

export async function openEmbedded(options: Options = {}): Promise<SnapperNodes> {
  const dataDir = await newDataDir()
  const store = await openStore({ dataDir, onError() {} })
  const opened = await openNodes([memoryCluster()], store.snapperQueues, options)
  return {
    ...opened,
    async close() {
      await opened.close()
      await store.close()
      await rm(dataDir, { recursive: true })
    },
  }
}

async function openOverRedis(options: Options = {}): Promise<SnapperNodes> {
  const redis = await freshRedis()
  const queues = await redisQueues({ ...redis, onError() {} })
  const clusters = await Promise.all([
    redisCluster({ ...redis, onError() {} }),
    redisCluster({ ...redis, onError() {} }),
  ])
  const opened = await openNodes(clusters, queues, options)
  return {
    ...opened,
    async close() {
      await opened.close()
      queues.close()
      await redis.drop()
    },
  }
}

async function openNodes(clusters: Cluster[], queues: SnapperQueues, { timeouts = {} }: Options) {
  const apps = [appWith()]
  let dropped = 0
  const onDropped = (messages: number) => void (dropped += messages)
  const enabled = { list: async () => apps.filter((app) => app.enabled) }
  const nodes = await Promise.all(
    clusters.map((cluster) => openNode(cluster, { apps: enabled, queues, onDropped, timeouts })),
  )
  return {
    pair: [nodes[0]!, nodes.at(-1)!] satisfies [SnapperNode, SnapperNode] as [SnapperNode, SnapperNode],
    queues,
    apps,
    dropped: () => dropped,
    close: async () => void (await Promise.all(nodes.map((node) => node.close()))),
  }
}

async function openNode(cluster: Cluster, options: Omit<SnapperOptions, 'hub' | 'log' | 'version'>) {
  const hub = createHub({ cluster, log })
  const realtime = createRealtime({ protocols: [snapperProtocol({ ...options, hub, log, version: '1.2.3' })], log })
  const fetch = (request: Request, env?: unknown) => realtime.fetch(request, env) ?? new Response(null, { status: 404 })
  const http = createServer(requestListener({ fetch }))
  realtime.attach(http)
  const tcp = createTcpServer((socket) => realtime.acceptProducer(socket))
  await Promise.all([http, tcp].map((server) => once(server.listen(0, '127.0.0.1'), 'listening')))
  const [port, producers] = [http, tcp].map((server) => (server.address() as AddressInfo).port) as [number, number]
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    producers,
    hub,
    async close() {
      http.close()
      tcp.close()
      await realtime.stop()
      http.closeAllConnections()
      await cluster.close()
    },
  }
}
