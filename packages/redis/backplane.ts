import { guardedListener } from '@carillon/backplane'
import type { Backplane, OnFault } from '@carillon/contract'
import type { Redis } from 'ioredis'
import { attempted, connectFailFast, type RedisDriverOptions } from './connect.ts'

export interface OpenBackplane {
  backplane: Backplane
  /** Waits until published messages are sent. */
  close(): Promise<void>
}

/** A backplane of its own, which never publishes a message twice: what was in flight when Redis was lost is rejected. */
export async function openRedisBackplane(options: RedisDriverOptions): Promise<OpenBackplane> {
  const { prefix, onError, onFault = onError as OnFault, ...server } = options
  const connections = [connectFailFast(server, onError, { isDirect: true }), connectFailFast(server, onError)] as const
  const [commands, subscriber] = connections
  await Promise.all(connections.map(attempted))
  const topics = topicsOf(commands, `${prefix}:work`)
  const { backplane, close } = redisBackplane({ commands, subscriber, topics, onFault })
  return {
    backplane,
    async close() {
      close()
      subscriber.disconnect()
      await commands.quit().catch(() => commands.disconnect())
    },
  }
}

/** The prefix of an installation's topics. Unlike keys, messages are visible in all databases of a Redis. */
export function topicsOf({ options: { db = 0 } }: Redis, key: string): string {
  return `${key}:${db}:t:`
}

export interface RedisBackplaneDeps {
  commands: Redis
  /** Only subscribes, because Redis allows a subscriber no other commands. */
  subscriber: Redis
  /** The prefix of every topic. */
  topics: string
  /** Receives what listeners throw. */
  onFault: OnFault
}

interface TopicListener {
  message(message: string): void
  gap?: (() => void) | undefined
}

/** Milliseconds between checks of the subscribing connection. */
const ASK_MS = 3000

/** Redis pub/sub, one subscription per topic. */
export function redisBackplane({ commands, subscriber, topics, onFault }: RedisBackplaneDeps) {
  const listeners = new Map<string, TopicListener>()
  subscriber.on('message', (topic: string, message: string) => {
    const listener = listeners.get(topic)
    if (listener) listener.message(message)
    else void subscriber.unsubscribe(topic).catch(() => {}) // left behind while Redis was away
  })
  // The client subscribes again by itself; what was published meanwhile is lost.
  subscriber.on('ready', () => {
    for (const { gap } of listeners.values()) gap?.()
  })
  const asking = setInterval(() => {
    if (subscriber.status === 'ready') subscriber.ping().catch(() => subscriber.disconnect(true))
  }, ASK_MS).unref()

  function restore(topic: string, before: TopicListener | undefined): void {
    if (before) listeners.set(topic, before)
    else listeners.delete(topic)
  }

  const backplane: Backplane = {
    publish: (topic, message) => commands.publish(topics + topic, message),
    async subscribe(topic, message, gap) {
      const before = listeners.get(topics + topic)
      const listener = { message: guardedListener(message, onFault), gap: gap && guardedListener(gap, onFault) }
      listeners.set(topics + topic, listener)
      try {
        await subscriber.subscribe(topics + topic)
      } catch (error) {
        if (listeners.get(topics + topic) === listener) restore(topics + topic, before)
        throw error
      }
    },
    async unsubscribe(topic) {
      listeners.delete(topics + topic)
      await subscriber.unsubscribe(topics + topic).catch(() => {}) // a message without a listener unsubscribes too
    },
  }
  return { backplane, close: () => clearInterval(asking) }
}
