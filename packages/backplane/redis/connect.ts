import { errorCode, type Logger } from '@carillon/contract'
import { Redis } from 'ioredis'

/** Milliseconds; a Redis that says nothing for longer is away. */
const SILENCE_MS = 2000

/** A connection that rejects at once while Redis is away, rather than to gather commands. */
export function connectRedis(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 5000,
    commandTimeout: SILENCE_MS,
    retryStrategy: (times) => Math.min(50 * 2 ** times, 1000),
  })
  redis.on('error', (error) => log.warn({ code: errorCode(error) }, 'trouble with Redis'))
  return redis
}

/** The first connection; from then on Redis may come and go. */
export function whenReady(redis: Redis): Promise<void> {
  return new Promise((resolve) => redis.once('ready', () => resolve()))
}
