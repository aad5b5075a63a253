export { memoryCluster } from './memory/memory-cluster.ts'
