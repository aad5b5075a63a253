import Pusher from 'pusher'
import { onTestFinished } from 'vitest'
import { memoryCluster } from '@carillon/backplane'
import type { App, AppDirectory, Batch, Callback, Callbacks, Cluster } from '@carillon/contract'
import type { UserConnection, Hub, HubSession, ChannelNamespace } from '@carillon/hub'
import { channelsProtocol } from '@carillon/protocol-channels'
import { silentLogger as log } from '@carillon/testkit'
import { type FreshRedis, freshRedis } from '../services/fresh-redis.ts'
import { appWith, clustersOn, serve } from '../services/realtime.ts'

export interface ChannelsNode {
  port: number
  hub: Hub
  namespace: ChannelNamespace
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

export async function stageOn(clusters: [Cluster, Cluster], app = appWith()): Promise<Stage> {
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

export function inMemory(): [Cluster, Cluster] {
  const cluster = memoryCluster()
  return [cluster, cluster]
}

/** Two nodes over a Redis of their own, or over the one that is given. */
export async function overRedis(given?: FreshRedis): Promise<[Cluster, Cluster]> {
  const redis = given ?? (await freshRedis())
  onTestFinished(redis.drop)
  const [one, other] = await clustersOn(redis, 2)
  return [one!, other!]
}

async function nodeOn(cluster: Cluster, app: App, parts: { apps: AppDirectory; callbacks: Callbacks }) {
  let namespace: ChannelNamespace | undefined
  const node = await serve(cluster, (hub) => {
    const openNamespace: Hub['openNamespace'] = (options) => (namespace = hub.openNamespace(options))
    return [channelsProtocol({ hub: { ...hub, openNamespace }, log, ...parts })]
  })
  return { port: node.port, hub: node.hub, namespace: namespace!, sdk: sdkFor(node.port, app) } satisfies ChannelsNode
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
export class Ear implements HubSession {
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
export async function subscriber({ namespace }: ChannelsNode, channels: string[], member = 'ann'): Promise<Ear> {
  const ear = new Ear(`${++connections}.${connections}`)
  namespace.enter(ear)
  for (const name of channels) {
    const asMember = name.startsWith('presence-') ? { id: member, info: '', most: 100 } : undefined
    await namespace.subscribe(ear, { app: 3, name }, asMember)
  }
  return ear
}

/** Signs a user in. @returns how often its connection was ended */
export async function signedIn({ hub }: ChannelsNode, user: string): Promise<() => number> {
  let ended = 0
  const connection: UserConnection = { notify: () => true, terminate: () => (ended += 1) }
  await hub.users.signIn(3, user, connection)
  return () => ended
}
