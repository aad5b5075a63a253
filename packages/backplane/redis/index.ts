export { type OpenBackplane, openRedisBackplane } from './open-backplane.ts'
export { redisCluster, type RedisClusterOptions } from './redis-cluster.ts'
export { type RedisQueues, redisQueues } from './queues/redis-queues.ts'
