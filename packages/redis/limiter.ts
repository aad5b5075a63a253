import type { RateLimiter } from '@carillon/contract'
import { takeFrom } from '@carillon/limiter'
import type { Redis } from 'ioredis'
import { RateLimiterRedis } from 'rate-limiter-flexible'

/** The library's own script counts in whole seconds; a slice is shorter. ARGV[1]: points, ARGV[2]: milliseconds. */
const COUNT = `
redis.call('set', KEYS[1], 0, 'PX', ARGV[2], 'NX')
return {redis.call('incrby', KEYS[1], ARGV[1]), redis.call('pttl', KEYS[1])}`

/** Counts in Redis, for the senders of all processes. */
export function redisLimiter(redis: Redis, prefix: string): RateLimiter {
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
  }
}
