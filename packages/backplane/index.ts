export { DEBOUNCE_MS, fromMemberKey, memberKey } from './members.ts'
export { guardedListener, memoryBackplane, memoryCluster } from './memory-cluster.ts'
