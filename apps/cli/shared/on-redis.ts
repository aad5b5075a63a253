import type { Logger, OnFault } from '@carillon/contract'
import {
  ConnectionGroup,
  type OpenBackplane,
  openRedisBackplane,
  redisCluster,
  redisQueue,
  type RedisQueues,
  redisQueues,
  redisRates,
  type RedisServer,
} from '@carillon/redis'
import { redisFault } from '@carillon/redis/fault'
import { watchOutages } from '../outages.ts'
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
  const trouble = redisTrouble(log)
  const outages = watchOutages({ server: 'Redis', ping: () => queue.ping(), log })
  const onError = (error: Error) => {
    trouble(error)
    outages.suspect()
  }
  const server = { url, tls, group: new ConnectionGroup() }
  const queue = redisQueue({ ...server, prefix, onError, onFault })
  const rates = redisRates({ ...server, prefix })
  let work: Promise<OpenBackplane> | undefined
  let snapper: Promise<RedisQueues> | undefined
  return {
    queue,
    limiter: rates.limiter,
    pacer: rates.pacer,
    backplane: async () => (await (work ??= openRedisBackplane({ ...server, prefix, onError, onFault }))).backplane,
    openCluster: () => redisCluster({ ...server, prefix, onError, onFault }),
    snapperQueues: () => (snapper ??= redisQueues({ ...server, prefix, onError })),
    pingFailed: outages.failed,
    async close() {
      outages.close()
      ;(await snapper)?.close()
      await (await work)?.close()
      rates.close()
      await queue.close()
    },
  }
}

/** Milliseconds between two lines about the same. */
const QUIET_MS = 10_000

interface Quiet {
  until: number
  repeats: number
}

/** In an outage every connection and every command fails many times a second, so errors are logged only now and then. */
export function redisTrouble(
  log: Logger,
  now: () => number = performance.now.bind(performance),
): (error: Error) => void {
  const quiet = new Map<string, Quiet>()
  return (error) => {
    const { code, reason } = redisFault(error)
    const { until, repeats } = quiet.get(code) ?? { until: -Infinity, repeats: 0 }
    if (now() < until) return void quiet.set(code, { until, repeats: repeats + 1 })
    log.warn(
      { code, ...(repeats > 0 && { repeats }) },
      reason ? `an error of Redis: it ${reason}` : 'an error of Redis',
    )
    quiet.set(code, { until: now() + QUIET_MS, repeats: 0 })
  }
}
