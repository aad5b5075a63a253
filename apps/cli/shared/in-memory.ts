import { memoryBackplane, memoryCluster } from '@carillon/backplane'
import { errorCode, type Logger, type OnFault } from '@carillon/contract'
import { memoryLimiter, memoryPacer } from '@carillon/limiter'
import { memoryQueue } from '@carillon/queue'
import type { Store } from '@carillon/store'
import type { Shared } from './shared.ts'

/** For a process that is alone: what has to outlive it is in the database. */
export function inMemory(store: Store, log: Logger, onFault: OnFault): Shared {
  const queue = memoryQueue((error) => log.error({ code: errorCode(error) }, 'a wake-up could not be handled'))
  const backplane = memoryBackplane(onFault)
  return {
    queue,
    limiter: memoryLimiter(),
    pacer: memoryPacer(),
    backplane: async () => backplane,
    openCluster: async () => memoryCluster(onFault),
    snapperQueues: async () => store.snapperQueues,
    async close() {
      await queue.close()
    },
  }
}
