import type { Cluster } from '@carillon/contract'
import { attempted, connectRedis } from './connect.ts'
import { redisBackplane } from './redis-backplane.ts'
import { redisCache } from './redis-cache.ts'
import { redisRoster } from './redis-roster.ts'
import { topicsOf } from './topics.ts'

export interface RedisClusterOptions {
  url: string
  /** Keeps several installations on one Redis apart. */
  prefix: string
  onError(error: Error): void
}

/** Many processes over one Redis. */
export async function redisCluster({ url, prefix, onError }: RedisClusterOptions): Promise<Cluster> {
  const [commands, subscriber] = [connectRedis(url, onError), connectRedis(url, onError)]
  await Promise.all([commands, subscriber].map(attempted))
  const key = `${prefix}:live`
  const topics = topicsOf(commands, key)
  const backplane = redisBackplane({ commands, subscriber, topics })
  const roster = redisRoster({ redis: commands, key, topics, report: onError })
  return {
    backplane: backplane.backplane,
    roster: roster.roster,
    cache: redisCache(commands, `${key}:c:`),
    onSettled: roster.onSettled,
    onRecounted: roster.onRecounted,
    async close() {
      await roster.close()
      backplane.close()
      commands.disconnect()
      subscriber.disconnect()
    },
  }
}
