import type { Backplane, OnFault } from '@carillon/contract'
import { guarded } from '../guarded.ts'

/** @param onFault hears what listeners throw */
export function memoryBackplane(onFault: OnFault = rethrow): Backplane {
  const listeners = new Map<string, (message: string) => void>()
  return {
    async publish(topic, message) {
      const listener = listeners.get(topic)
      listener?.(message)
      return listener ? 1 : 0
    },
    async subscribe(topic, listener) {
      listeners.set(topic, guarded(listener, onFault))
    },
    async unsubscribe(topic) {
      listeners.delete(topic)
    },
  }
}

function rethrow(error: unknown): never {
  throw error
}
