import {
  type OpenBackplane,
  openRedisBackplane,
  type RedisQueues,
  redisCluster,
  redisQueues,
} from '@carillon/backplane/redis'
import type { Logger, OnFault } from '@carillon/contract'
import { redisLimiter } from '@carillon/limiter/redis'
import { redisQueue } from '@carillon/queue/redis'
import { ConnectionGroup, type RedisServer } from '@carillon/redis'
import { redisTrouble } from './redis-trouble.ts'
import type { Shared } from './shared.ts'

export interface OnRedisOptions extends Omit<RedisServer, 'group'> {
  /** Keeps several installations on one Redis apart. */
  prefix: string
  log: Logger
  /** Hears of messages that were dropped. */
  onFault: OnFault
}

/** Loaded only where there is a Redis: these libraries are a third of what Carillon loads at start. */
export function onRedis({ url, tls, prefix, log, onFault }: OnRedisOptions): Shared {
  const onError = redisTrouble(log)
  const server = { url, tls, group: new ConnectionGroup() }
  const queue = redisQueue({ ...server, prefix, onError, onFault })
  const limiter = redisLimiter({ ...server, prefix })
  let work: Promise<OpenBackplane> | undefined
  let snapper: Promise<RedisQueues> | undefined
  return {
    queue,
    limiter,
    backplane: async () => (await (work ??= openRedisBackplane({ ...server, prefix, onError, onFault }))).backplane,
    openCluster: () => redisCluster({ ...server, prefix, onError, onFault }),
    snapperQueues: () => (snapper ??= redisQueues({ ...server, prefix, onError })),
    async close() {
      ;(await snapper)?.close()
      await (await work)?.close()
      limiter.close()
      await queue.close()
    },
  }
}
