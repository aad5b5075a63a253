export { memoryLimiter } from './memory.ts'
export { redisLimiter, type RedisLimiterOptions } from './redis.ts'
