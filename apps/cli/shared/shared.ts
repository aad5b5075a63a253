import type { Cluster, RateLimiter, SnapperQueues } from '@carillon/contract'
import type { Queue } from '@carillon/queue'
import type { NonceStore } from '@carillon/store'

/** What the processes of an installation share besides the database: on Redis, or in memory where there is only one. */
export interface Shared {
  queue: Queue
  limiter: RateLimiter
  nonces: NonceStore
  /** Called once, where there are live connections. */
  openCluster(): Promise<Cluster>
  /** Opened when they are first asked for. */
  snapperQueues(): Promise<SnapperQueues>
  /** All but the cluster. */
  close(): Promise<void>
}
