import type { Backplane, Cache, Cluster, OnFault } from '@carillon/contract'
import { memoryRoster } from './memory-roster.ts'

/**
 * The cluster of a single process.
 * @param onFault receives what listeners throw
 */
export function memoryCluster(onFault?: OnFault): Cluster {
  const backplane = memoryBackplane(onFault)
  const { roster, onDebounced, close } = memoryRoster(backplane)
  return {
    backplane,
    roster,
    cache: memoryCache(),
    onDebounced: (listener) => onDebounced(onFault ? guardedListener(listener, onFault) : listener),
    onRecounted() {}, // a count has no other process to change with
    async close() {
      close()
    },
  }
}

/** @param onFault receives what listeners throw */
export function memoryBackplane(onFault: OnFault = rethrow): Backplane {
  const listeners = new Map<string, (message: string) => void>()
  return {
    async publish(topic, message) {
      const listener = listeners.get(topic)
      listener?.(message)
      return listener ? 1 : 0
    },
    async subscribe(topic, listener) {
      listeners.set(topic, guardedListener(listener, onFault))
    },
    async unsubscribe(topic) {
      listeners.delete(topic)
    },
  }
}

function rethrow(error: unknown): never {
  throw error
}

/** Wraps a listener, so that none of its errors ends the process: they are reported, and the message is dropped. */
export function guardedListener<Heard extends unknown[]>(
  listener: (...heard: Heard) => void,
  onFault: OnFault,
): (...heard: Heard) => void {
  return (...heard) => {
    try {
      listener(...heard)
    } catch (error) {
      onFault(error)
    }
  }
}

/** Entries checked for expiry per write, so that entries that are never read again do not stay. */
const SWEPT_PER_WRITE = 2

/** Entries end where they are read, and a few at each write. */
function memoryCache(): Cache {
  const entries = new Map<string, { value: string; until: number }>()
  const live = (key: string) => {
    const entry = entries.get(key)
    if (entry && entry.until > Date.now()) return entry
    entries.delete(key)
    return undefined
  }
  const put = (key: string, value: string, seconds: number) => {
    entries.delete(key) // to stand last: the oldest are swept first
    entries.set(key, { value, until: Date.now() + seconds * 1000 })
    for (const [old] of entries.entries().take(SWEPT_PER_WRITE)) live(old)
  }
  return {
    set: async (key, value, seconds) => put(key, value, seconds),
    async get(key) {
      const entry = live(key)
      return entry ? { value: entry.value, ttl: Math.ceil((entry.until - Date.now()) / 1000) } : null
    },
    async first(key, seconds) {
      if (live(key)) return false
      put(key, '', seconds)
      return true
    },
  }
}
