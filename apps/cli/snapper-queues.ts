import { type RedisQueues, redisQueues } from '@carillon/backplane'
import type { SnapperQueues } from '@carillon/contract'

export interface SnapperQueuesOptions {
  /** Absent: they are in the database. */
  redisUrl: string | undefined
  prefix: string
  database: SnapperQueues
  onRedisError(error: Error): void
}

/** Snapper's queues, opened when they are first asked for. */
export function snapperQueues({ redisUrl: url, prefix, database, onRedisError: onError }: SnapperQueuesOptions) {
  let opened: Promise<RedisQueues> | undefined
  return {
    async queues(): Promise<SnapperQueues> {
      return url === undefined ? database : (opened ??= redisQueues({ url, prefix, onError }))
    },
    async close(): Promise<void> {
      ;(await opened)?.close()
    },
  }
}
