import type { Cluster } from '@carillon/contract'
import { memoryBackplane } from './memory-backplane.ts'
import { memoryCache } from './memory-cache.ts'
import { memoryRoster } from './memory-roster.ts'

/** One process by itself. */
export function memoryCluster(): Cluster {
  const backplane = memoryBackplane()
  const { roster, onSettled, close } = memoryRoster(backplane)
  return {
    backplane,
    roster,
    cache: memoryCache(),
    onSettled,
    onRecounted() {}, // a count has no other process to change with
    async close() {
      close()
    },
  }
}
