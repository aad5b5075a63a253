import type { RateLimiter } from '@carillon/contract'
import { takeFrom } from '@carillon/limiter'
import { RateLimiterRedis } from 'rate-limiter-flexible'
import { connectRedis, type RedisServer } from './connect.ts'

export interface RedisLimiterOptions extends RedisServer {
  /** Keeps several installations on one Redis apart. */
  prefix: string
}

/** Milliseconds without an answer after which Redis counts as away. */
const SILENCE_MS = 2000

/** The library's own script counts in whole seconds; a slice is shorter. ARGV[1]: points, ARGV[2]: milliseconds. */
const COUNT = `
redis.call('set', KEYS[1], 0, 'PX', ARGV[2], 'NX')
return {redis.call('incrby', KEYS[1], ARGV[1]), redis.call('pttl', KEYS[1])}`

/** Counts in Redis, for the senders of all processes. */
export function redisLimiter({ prefix, ...server }: RedisLimiterOptions): RateLimiter {
  // The caller of `take` gets the error; the queue's connection to the same Redis reports it
  const redis = connectRedis(server, () => {}, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    socketTimeout: SILENCE_MS,
    commandTimeout: SILENCE_MS, // a command that waits for a reconnection is silent too
  })
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
