import { Redis } from 'ioredis'
import type { NonceStore } from '@carillon/store'

/** Milliseconds; a Redis that says nothing for longer is away. */
const SILENCE_MS = 2000

/** Nonces in Redis; while it is away they are kept in Postgres, so that signed requests still come through. */
export function redisNonces(url: string, prefix: string, fallback: NonceStore): NonceStore & { close(): void } {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 5000,
    socketTimeout: SILENCE_MS,
    commandTimeout: SILENCE_MS, // a command that waits for a reconnection is silent too
  })
  redis.on('error', () => {}) // the queue's connection to the same Redis reports it
  return {
    async use(app, nonce, seconds) {
      try {
        return (await redis.set(`${prefix}:nonce:${app}:${nonce}`, '1', 'EX', seconds, 'NX')) === 'OK'
      } catch {
        return fallback.use(app, nonce, seconds)
      }
    },
    close: () => redis.disconnect(),
  }
}
