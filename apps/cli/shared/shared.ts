import type { AddressPacer, Backplane, Cluster, RateLimiter, SnapperQueues } from '@carillon/contract'
import type { Queue } from '@carillon/queue'

/** What the processes of an installation share besides the database: on Redis, or in memory where there is only one. */
export interface Shared {
  queue: Queue
  limiter: RateLimiter
  pacer: AddressPacer
  /** On which processes speak of their work; opened when it is first asked for. */
  backplane(): Promise<Backplane>
  /** Called once, where there are live connections. */
  openCluster(): Promise<Cluster>
  /** Reports that a ping of the queue has failed; absent in memory. */
  pingFailed?(): void
  /** Opened when they are first asked for. */
  snapperQueues(): Promise<SnapperQueues>
  /** All but the cluster. */
  close(): Promise<void>
}
