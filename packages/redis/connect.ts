import type { Redis, RedisOptions } from 'ioredis'
import { clientOptions, type RedisTls } from './address.ts'
import { Connection } from './connection.ts'
import { explained } from './greeting.ts'
import { redisFault } from './fault.ts'
import { ConnectionGroup } from './group.ts'

/** Which Redis, and how to get there. */
export interface RedisServer {
  /** `redis://`, `rediss://` or `unix://`. */
  url: string
  tls?: RedisTls | undefined
  /** Those that this process has to it; default: each stands for itself. */
  group?: ConnectionGroup | undefined
}

const CONNECT_TIMEOUT_MS = 5000

/** The one place where a connection to Redis is made. Its errors are told, and it connects again by itself. */
export function connectRedis(server: RedisServer, onError: (error: Error) => void, options: RedisOptions = {}): Redis {
  const { url, tls, group = new ConnectionGroup() } = server
  const redis = new Connection(
    {
      connectTimeout: CONNECT_TIMEOUT_MS,
      ...options,
      ...clientOptions(url, tls),
      reconnectOnError(error) {
        if (redisFault(error).isDemoted) group.leave()
        return false // the command fails: whoever asked decides whether to ask again
      },
    },
    group,
  )
  const tell = async (error: Error) => onError(await explained(server, error))
  redis.on('error', (error: Error) => void tell(error))
  return redis
}
