import type { Cache } from '@carillon/contract'
import type { Redis } from '@carillon/redis'

export function redisCache(redis: Redis, prefix: string): Cache {
  return {
    async set(key, value, seconds) {
      await redis.set(prefix + key, value, 'EX', seconds)
    },
    async get(key) {
      const [[, value], [, ttl]] = (await redis
        .multi()
        .get(prefix + key)
        .ttl(prefix + key)
        .exec()) as [[null, string | null], [null, number]]
      return value === null ? null : { value, ttl: Math.max(1, ttl) }
    },
    first: async (key, seconds) => (await redis.set(prefix + key, '', 'EX', seconds, 'NX')) === 'OK',
  }
}
