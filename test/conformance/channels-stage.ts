import Pusher from 'pusher'
import { onTestFinished } from 'vitest'
import { listen } from '@carillon/api'
import { memoryCluster, redisCluster } from '@carillon/backplane'
import type { App, AppDirectory, AppSettings, Batch, Callback, Callbacks, Cluster, Logger } from '@carillon/contract'
import { type Bell, createHub, type Hub, type Session, type Space } from '@carillon/hub'
import { channelsProtocol } from '@carillon/protocol-channels'
import { createRealtime } from '@carillon/realtime'
import { type FreshRedis, freshRedis } from '../services/fresh-redis.ts'

const log: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** The app of Pusher's own examples, whose signatures are published. */
export function exampleApp(settings: AppSettings = {}): App {
  return {
    id: 3,
    name: 'example',
    key: '278d425bdf160c739803',
    secrets: [{ id: 1, secret: '7ad3773142a6692b25b8', createdAt: 0 }],
    v2Only: false,
    enabled: true,
    settings,
    createdAt: 0,
  }
}

export interface ChannelsNode {
  port: number
  hub: Hub
  space: Space
  /** The official SDK, speaking to this node. */
  sdk: Pusher
}

export interface Stage {
  /** In memory both are the same one. */
  nodes: [ChannelsNode, ChannelsNode]
  /** May be changed while it is served. */
  app: App
  /** What was to be posted. */
  callbacks: Callback[]
  /** Lets the app directory, or the callbacks' store, fail. */
  faults: { apps: boolean; callbacks: boolean }
}

export const masterKey = Buffer.alloc(32, 'k').toString('base64')

export async function stageOn(clusters: [Cluster, Cluster], app = exampleApp()): Promise<Stage> {
  const callbacks: Callback[] = []
  const faults = { apps: false, callbacks: false }
  const apps: AppDirectory = {
    async byId(id) {
      // Postgres takes no larger number as an id.
      if (faults.apps || id > 2 ** 31 - 1) throw new Error('The directory is away.')
      return id === app.id ? app : null
    },
    byKey: async (key) => (key === app.key ? app : null),
  }
  const taken: Callbacks = {
    async post(some) {
      if (faults.callbacks) throw new Error('The queue is away.')
      callbacks.push(...some)
    },
  }
  const [one, other] = clusters
  const first = await nodeOn(one, app, { apps, callbacks: taken })
  return {
    nodes: [first, one === other ? first : await nodeOn(other, app, { apps, callbacks: taken })],
    app,
    callbacks,
    faults,
  }
}

export async function inMemory(): Promise<[Cluster, Cluster]> {
  const cluster = memoryCluster()
  onTestFinished(() => cluster.close())
  return [cluster, cluster]
}

/** Two nodes over a Redis of their own, or over the one that is given. */
export async function overRedis(given?: FreshRedis): Promise<[Cluster, Cluster]> {
  const redis = given ?? (await freshRedis())
  const pair = await Promise.all([redisCluster({ ...redis, log }), redisCluster({ ...redis, log })])
  onTestFinished(async () => {
    await Promise.all(pair.map((cluster) => cluster.close()))
    await redis.drop()
  })
  return pair
}

async function nodeOn(cluster: Cluster, app: App, parts: { apps: AppDirectory; callbacks: Callbacks }) {
  const hub = createHub({ cluster, log })
  let space: Space | undefined
  const openSpace: Hub['openSpace'] = (options) => (space = hub.openSpace(options))
  const protocol = channelsProtocol({ hub: { ...hub, openSpace }, log, ...parts })
  const realtime = createRealtime({ protocols: [protocol], log })
  const fetch = (request: Request, env?: unknown) => realtime.fetch(request, env) ?? new Response(null, { status: 404 })
  const { port, close } = await listen({ fetch }, { host: '127.0.0.1', port: 0 })
  onTestFinished(async () => {
    await close(0)
    await realtime.stop()
  })
  return { port, hub, space: space!, sdk: sdkFor(port, app) } satisfies ChannelsNode
}

function sdkFor(port: number, { id, key, secrets }: App): Pusher {
  return new Pusher({
    appId: String(id),
    key,
    secret: secrets[0]!.secret,
    host: '127.0.0.1',
    port: String(port),
    encryptionMasterKeyBase64: masterKey,
  })
}

/** A connection without a socket. */
export class Ear implements Session {
  readonly id: string
  readonly heard: Record<string, unknown>[] = []

  constructor(id: string) {
    this.id = id
  }

  deliver(batch: Batch): void {
    const lines = Buffer.from(batch.encoded((text) => Buffer.from(`${text}\n`))).toString()
    for (const line of lines.trimEnd().split('\n')) this.heard.push(JSON.parse(line) as Record<string, unknown>)
  }
}

let connections = 0

/** A new connection that is on these channels; on those with presence as that member. */
export async function subscriber({ space }: ChannelsNode, channels: string[], member = 'ann'): Promise<Ear> {
  const ear = new Ear(`${++connections}.${connections}`)
  space.enter(ear)
  for (const name of channels) {
    const asMember = name.startsWith('presence-') ? { id: member, info: '', most: 100 } : undefined
    await space.subscribe(ear, { app: 3, name }, asMember)
  }
  return ear
}

/** Signs a user in. @returns how often its connection was ended */
export async function signedIn({ hub }: ChannelsNode, user: string): Promise<() => number> {
  let ended = 0
  const bell: Bell = { ring: () => true, terminate: () => (ended += 1) }
  await hub.users.signIn(3, user, bell)
  return () => ended
}
