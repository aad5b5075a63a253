import { backoff } from '@carillon/async'
import { connectRedis, type Redis, type RedisServer } from '@carillon/redis'

/** Milliseconds; a Redis that says nothing for longer is away. */
const SILENCE_MS = 2000

export interface ConnectOptions {
  /** Each command goes out by itself and at once, and never twice: not even if Redis went before it had answered. */
  isDirect?: boolean
}

/** A connection that rejects at once while Redis is away, rather than to gather commands. */
export function connectBackplane(
  server: RedisServer,
  onError: (error: Error) => void,
  { isDirect = false }: ConnectOptions = {},
): Redis {
  return connectRedis(server, onError, {
    // What many requests ask in one tick is one write: that was a quarter of what publishing costs
    enableAutoPipelining: !isDirect,
    enableOfflineQueue: false,
    maxRetriesPerRequest: isDirect ? 0 : 1,
    commandTimeout: SILENCE_MS,
    retryStrategy: backoff(100, 1000),
  })
}

/** The first attempt, whether it succeeded or not; from then on Redis may come and go. */
export function attempted(redis: Redis): Promise<void> {
  return new Promise((resolve) => {
    redis.once('ready', () => resolve())
    redis.once('close', () => resolve())
  })
}
