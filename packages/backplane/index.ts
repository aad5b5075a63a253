export { memoryBackplane } from './memory/memory-backplane.ts'
export { memoryCluster } from './memory/memory-cluster.ts'
