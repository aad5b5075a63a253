import type { Backplane } from '@carillon/contract'

export function memoryBackplane(): Backplane {
  const listeners = new Map<string, (message: string) => void>()
  return {
    async publish(topic, message) {
      const listener = listeners.get(topic)
      listener?.(message)
      return listener ? 1 : 0
    },
    async subscribe(topic, listener) {
      listeners.set(topic, listener)
    },
    async unsubscribe(topic) {
      listeners.delete(topic)
    },
  }
}
