import { Cluster, Redis } from 'ioredis'
import { answering } from '../answering.ts'

/*
 * What a backplane does and nothing else: each node has one connection that publishes and one that listens, here all in
 * one process. Each node publishes to all topics in turn.
 */

export interface PubSubOptions {
  urls: string[]
  /** `hashed`: each topic has one of the servers, which know nothing of each other. */
  kind: 'single' | 'hashed' | 'cluster' | 'sharded'
}

interface Load {
  messages: number
  /** Of each topic. */
  subscribers: number
}

interface Node {
  publish(topic: string, message: string): Promise<unknown>
  subscribe(topic: string, listener: () => void): Promise<unknown>
  unsubscribe(topic: string): Promise<unknown>
  close(): void
}

const NODES = 8
const TOPICS = 96
/** Of each node, in one tick. */
const AT_ONCE = 100
const MESSAGE = `\n${'x'.repeat(150)}`

const { urls, kind } = JSON.parse(process.argv[2] ?? '') as PubSubOptions
const topics = Array.from({ length: TOPICS }, (_, n) => `topic-${n}`)
const nodes = Array.from({ length: NODES }, kind === 'single' || kind === 'hashed' ? onServers : onCluster)
let missing = 0
let arrived = () => {}

const hear = () => {
  if (--missing === 0) arrived()
}

answering(
  {
    async subscribe(count: number) {
      for (const [n, topic] of topics.entries()) {
        for (let more = 0; more < count; more++) await nodes[(n + more) % NODES]!.subscribe(topic, hear)
      }
    },
    async unsubscribe() {
      for (const topic of topics) await Promise.all(nodes.map((node) => node.unsubscribe(topic)))
    },
    async run({ messages, subscribers }: Load) {
      missing = messages * subscribers
      const all = new Promise<void>((resolve) => (arrived = resolve))
      await Promise.all([all, ...nodes.map((node, n) => publishMany(node, n, messages / NODES))])
    },
  },
  () => nodes.forEach((node) => node.close()),
)

async function publishMany(node: Node, first: number, count: number): Promise<void> {
  for (let sent = 0; sent < count; sent += AT_ONCE) {
    const some = Array.from({ length: AT_ONCE }, (_, n) => topics[(first * 7 + sent + n) % TOPICS]!)
    await Promise.all(some.map((topic) => node.publish(topic, MESSAGE)))
  }
}

function onServers(): Node {
  const connections = urls.map((url) => ({
    commands: new Redis(url, { enableAutoPipelining: true }),
    subscriber: new Redis(url),
  }))
  const of = (topic: string) => connections[Number(topic.split('-')[1]) % connections.length]!
  const listeners = new Map<string, () => void>()
  for (const { subscriber } of connections) subscriber.on('message', (topic: string) => listeners.get(topic)?.())
  return {
    publish: (topic, message) => of(topic).commands.publish(topic, message),
    subscribe(topic, listener) {
      listeners.set(topic, listener)
      return of(topic).subscriber.subscribe(topic)
    },
    unsubscribe: (topic) => of(topic).subscriber.unsubscribe(topic),
    close() {
      for (const { commands, subscriber } of connections) for (const each of [commands, subscriber]) each.disconnect()
    },
  }
}

function onCluster(): Node {
  const seeds = urls.map((url) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) }))
  const isSharded = kind === 'sharded'
  const cluster = new Cluster(seeds, { enableAutoPipelining: true, shardedSubscribers: isSharded })
  const listeners = new Map<string, () => void>()
  cluster.on(isSharded ? 'smessage' : 'message', (topic: string) => listeners.get(topic)?.())
  return {
    publish: (topic, message) => (isSharded ? cluster.spublish(topic, message) : cluster.publish(topic, message)),
    subscribe(topic, listener) {
      listeners.set(topic, listener)
      return isSharded ? cluster.ssubscribe(topic) : cluster.subscribe(topic)
    },
    unsubscribe: (topic) => (isSharded ? cluster.sunsubscribe(topic) : cluster.unsubscribe(topic)),
    close: () => cluster.disconnect(),
  }
}
