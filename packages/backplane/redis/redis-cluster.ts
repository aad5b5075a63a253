import type { Cluster, OnFault } from '@carillon/contract'
import type { RedisServer } from '@carillon/redis'
import { guarded } from '../guarded.ts'
import { attempted, connectBackplane } from './connect.ts'
import { redisBackplane } from './redis-backplane.ts'
import { redisCache } from './redis-cache.ts'
import { redisRoster } from './redis-roster.ts'
import { topicsOf } from './topics.ts'

export interface RedisClusterOptions extends RedisServer {
  /** Keeps several installations on one Redis apart. */
  prefix: string
  onError(error: Error): void
  /** Hears of messages that were dropped; default: `onError` does. */
  onFault?: OnFault
}

/** Many processes over one Redis. */
export async function redisCluster(options: RedisClusterOptions): Promise<Cluster> {
  const { prefix, onError, onFault = onError as OnFault, ...server } = options
  const [commands, subscriber] = [connectBackplane(server, onError), connectBackplane(server, onError)]
  await Promise.all([commands, subscriber].map(attempted))
  const key = `${prefix}:live`
  const topics = topicsOf(commands, key)
  const backplane = redisBackplane({ commands, subscriber, topics, onFault })
  const roster = redisRoster({ redis: commands, key, topics, report: onError })
  return {
    backplane: backplane.backplane,
    roster: roster.roster,
    cache: redisCache(commands, `${key}:c:`),
    onDebounced: (listener) => roster.onDebounced(guarded(listener, onFault)),
    onRecounted: (listener) => roster.onRecounted(guarded(listener, onFault)),
    async close() {
      await roster.close()
      backplane.close()
      commands.disconnect()
      subscriber.disconnect()
    },
  }
}
