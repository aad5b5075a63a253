import type { Backplane, OnFault } from '@carillon/contract'
import type { Redis } from '@carillon/redis'
import { guarded } from '../guarded.ts'

export interface RedisBackplaneParts {
  commands: Redis
  /** Does nothing but listen, as Redis asks for. */
  subscriber: Redis
  /** Begins the name of every topic. */
  topics: string
  /** Hears what listeners throw. */
  onFault: OnFault
}

interface Listener {
  message(message: string): void
  gap?: (() => void) | undefined
}

/** Milliseconds between questions whether the listening connection still leads anywhere. */
const ASK_MS = 3000

/** Redis pub/sub, one subscription per topic. */
export function redisBackplane({ commands, subscriber, topics, onFault }: RedisBackplaneParts) {
  const listeners = new Map<string, Listener>()
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

  function restore(topic: string, before: Listener | undefined): void {
    if (before) listeners.set(topic, before)
    else listeners.delete(topic)
  }

  const backplane: Backplane = {
    publish: (topic, message) => commands.publish(topics + topic, message),
    async subscribe(topic, message, gap) {
      const before = listeners.get(topics + topic)
      const listener = { message: guarded(message, onFault), gap: gap && guarded(gap, onFault) }
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
