import type { Cluster } from '@carillon/contract'
import { Redis } from 'ioredis'
import { redisBackplane } from './redis-backplane.ts'
import { redisCache } from './redis-cache.ts'
import { redisRoster } from './redis-roster.ts'

export interface RedisClusterOptions {
  url: string
  /** Keeps several installations on one Redis apart. */
  prefix: string
  onError(error: Error): void
}

/** Milliseconds; a Redis that says nothing for longer is away. */
const SILENCE_MS = 2000

/** Many processes over one Redis. */
export async function redisCluster({ url, prefix, onError }: RedisClusterOptions): Promise<Cluster> {
  const connect = () => {
    const redis = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      connectTimeout: 5000,
      commandTimeout: SILENCE_MS,
      retryStrategy: (times) => Math.min(50 * 2 ** times, 1000),
    })
    redis.on('error', onError)
    return redis
  }
  const [commands, subscriber] = [connect(), connect()]
  await Promise.all([commands, subscriber].map(attempted))
  const key = `${prefix}:live`
  const topics = `${key}:t:`
  const backplane = redisBackplane({ commands, subscriber, topics })
  const roster = redisRoster({ redis: commands, key, topics, report: onError })
  return {
    backplane: backplane.backplane,
    roster: roster.roster,
    cache: redisCache(commands, `${key}:c:`),
    onSettled: roster.onSettled,
    async close() {
      await roster.close()
      backplane.close()
      commands.disconnect()
      subscriber.disconnect()
    },
  }
}

/** The first attempt, whether it succeeded or not; from then on Redis may come and go. */
function attempted(redis: Redis): Promise<void> {
  return new Promise((resolve) => {
    redis.once('ready', () => resolve())
    redis.once('close', () => resolve())
  })
}
