import type { RateLimiter } from '@carillon/contract'
import { Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { takeFrom } from './take.ts'

export interface RedisLimiterOptions {
  url: string
  /** Keeps several installations on one Redis apart. */
  prefix: string
}

/** Milliseconds; a Redis that says nothing for longer is away. */
const SILENCE_MS = 2000

/** The library's own script counts in whole seconds; a slice is shorter. ARGV[1]: points, ARGV[2]: milliseconds. */
const COUNT = `
redis.call('set', KEYS[1], 0, 'PX', ARGV[2], 'NX')
return {redis.call('incrby', KEYS[1], ARGV[1]), redis.call('pttl', KEYS[1])}`

/** Counts in Redis, for the senders of all processes. */
export function redisLimiter({ url, prefix }: RedisLimiterOptions): RateLimiter {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 5000,
    socketTimeout: SILENCE_MS,
    commandTimeout: SILENCE_MS, // a command that waits for a reconnection is silent too
  })
  redis.on('error', () => {}) // whoever takes is told; the queue's connection to the same Redis reports it
  return {
    take: takeFrom(({ tokens, milliseconds }) => {
      return new RateLimiterRedis({
        storeClient: redis,
        keyPrefix: `${prefix}:rate`,
        points: tokens,
        duration: milliseconds,
        customIncrTtlLuaScript: COUNT,
      })
    }),
    close: () => redis.disconnect(),
  }
}
