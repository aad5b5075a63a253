import { guardedListener } from '@carillon/backplane'
import type { Cache, Cluster, OnFault } from '@carillon/contract'
import type { Redis } from 'ioredis'
import { redisBackplane, topicsOf } from './backplane.ts'
import { attempted, connectFailFast, type RedisDriverOptions } from './connect.ts'
import { redisRoster } from './roster.ts'

/** Many processes over one Redis. */
export async function redisCluster(options: RedisDriverOptions): Promise<Cluster> {
  const { prefix, onError, onFault = onError as OnFault, ...server } = options
  const [commands, subscriber] = [connectFailFast(server, onError), connectFailFast(server, onError)]
  await Promise.all([commands, subscriber].map(attempted))
  const key = `${prefix}:live`
  const topics = topicsOf(commands, key)
  const backplane = redisBackplane({ commands, subscriber, topics, onFault })
  const roster = redisRoster({ redis: commands, key, topics, report: onError })
  return {
    backplane: backplane.backplane,
    roster: roster.roster,
    cache: redisCache(commands, `${key}:c:`),
    onDebounced: (listener) => roster.onDebounced(guardedListener(listener, onFault)),
    onRecounted: (listener) => roster.onRecounted(guardedListener(listener, onFault)),
    async close() {
      await roster.close()
      backplane.close()
      commands.disconnect()
      subscriber.disconnect()
    },
  }
}

function redisCache(redis: Redis, prefix: string): Cache {
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
