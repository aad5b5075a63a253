import { errorCode, type Cluster, type Logger } from '@carillon/contract'
import { Redis } from 'ioredis'
import { redisBackplane } from './redis-backplane.ts'
import { redisCache } from './redis-cache.ts'
import { redisRoster } from './redis-roster.ts'

export interface RedisClusterOptions {
  url: string
  /** Keeps several installations on one Redis apart. */
  prefix: string
  log: Logger
}

/** Milliseconds; a Redis that says nothing for longer is away. */
const SILENCE_MS = 2000

/** Many processes over one Redis. */
export async function redisCluster({ url, prefix, log }: RedisClusterOptions): Promise<Cluster> {
  const report = (error: Error) => log.warn({ code: errorCode(error) }, 'trouble with Redis')
  const connect = () => {
    const redis = new Redis(url, {
      enableOfflineQueue: false,
      maxRetriesPerRequest: 1,
      connectTimeout: 5000,
      commandTimeout: SILENCE_MS,
      retryStrategy: (times) => Math.min(50 * 2 ** times, 1000),
    })
    redis.on('error', report)
    return redis
  }
  const [commands, subscriber] = [connect(), connect()]
  await Promise.all([commands, subscriber].map(ready))
  const key = `${prefix}:live`
  const topics = `${key}:t:`
  const backplane = redisBackplane({ commands, subscriber, topics })
  const roster = redisRoster({ redis: commands, key, topics, report })
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

/** The first connection; from then on Redis may come and go. */
function ready(redis: Redis): Promise<void> {
  return new Promise((resolve) => redis.once('ready', () => resolve()))
}
