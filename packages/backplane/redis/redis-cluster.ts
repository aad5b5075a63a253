import { errorCode, type Cluster, type Logger } from '@carillon/contract'
import { connectRedis, whenReady } from './connect.ts'
import { redisBackplane } from './redis-backplane.ts'
import { redisCache } from './redis-cache.ts'
import { redisRoster } from './redis-roster.ts'

export interface RedisClusterOptions {
  url: string
  /** Keeps several installations on one Redis apart. */
  prefix: string
  log: Logger
}

/** Many processes over one Redis. */
export async function redisCluster({ url, prefix, log }: RedisClusterOptions): Promise<Cluster> {
  const report = (error: Error) => log.warn({ code: errorCode(error) }, 'trouble with Redis')
  const [commands, subscriber] = [connectRedis(url, log), connectRedis(url, log)]
  await Promise.all([commands, subscriber].map(whenReady))
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
