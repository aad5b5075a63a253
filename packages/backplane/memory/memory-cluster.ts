import type { Cluster, OnFault } from '@carillon/contract'
import { guarded } from '../guarded.ts'
import { memoryBackplane } from './memory-backplane.ts'
import { memoryCache } from './memory-cache.ts'
import { memoryRoster } from './memory-roster.ts'

/**
 * One process by itself.
 * @param onFault hears what listeners throw
 */
export function memoryCluster(onFault?: OnFault): Cluster {
  const backplane = memoryBackplane(onFault)
  const { roster, onDebounced, close } = memoryRoster(backplane)
  return {
    backplane,
    roster,
    cache: memoryCache(),
    onDebounced: (listener) => onDebounced(onFault ? guarded(listener, onFault) : listener),
    onRecounted() {}, // a count has no other process to change with
    async close() {
      close()
    },
  }
}
