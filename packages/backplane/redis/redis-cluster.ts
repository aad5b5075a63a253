import type { Cluster, OnFault } from '@carillon/contract'
import { guarded } from '../guarded.ts'
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
  /** Hears of messages that were dropped; default: `onError` does. */
  onFault?: OnFault
}

/** Many processes over one Redis. */
export async function redisCluster(options: RedisClusterOptions): Promise<Cluster> {
  const { url, prefix, onError, onFault = onError as OnFault } = options
  const [commands, subscriber] = [connectRedis(url, onError), connectRedis(url, onError)]
  await Promise.all([commands, subscriber].map(attempted))
  const key = `${prefix}:live`
  const topics = topicsOf(commands, key)
  const backplane = redisBackplane({ commands, subscriber, topics, onFault })
  const roster = redisRoster({ redis: commands, key, topics, report: onError })
  return {
    backplane: backplane.backplane,
    roster: roster.roster,
    cache: redisCache(commands, `${key}:c:`),
    onSettled: (listener) => roster.onSettled(guarded(listener, onFault)),
    onRecounted: (listener) => roster.onRecounted(guarded(listener, onFault)),
    async close() {
      await roster.close()
      backplane.close()
      commands.disconnect()
      subscriber.disconnect()
    },
  }
}
