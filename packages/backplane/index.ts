export { memoryCluster } from './memory/memory-cluster.ts'
export { redisCluster, type RedisClusterOptions } from './redis/redis-cluster.ts'
export { type RedisQueues, redisQueues } from './redis/queues/redis-queues.ts'
