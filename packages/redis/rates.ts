import type { AddressPacer, RateLimiter } from '@carillon/contract'
import { connectRedis, type RedisServer } from './connect.ts'
import { redisLimiter } from './limiter.ts'
import { redisPacer } from './pacer.ts'

export interface RedisRatesOptions extends RedisServer {
  /** Keeps several installations on one Redis apart. */
  prefix: string
}

/** What keeps the senders of all processes within their rates. */
export interface RedisRates {
  limiter: RateLimiter
  pacer: AddressPacer
  close(): void
}

/** Milliseconds without an answer after which Redis counts as away. */
const SILENCE_MS = 2000

/** Rates over one connection to Redis. */
export function redisRates({ prefix, ...server }: RedisRatesOptions): RedisRates {
  // Whoever asks gets the error; the queue's connection to the same Redis reports it
  const redis = connectRedis(server, () => {}, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    socketTimeout: SILENCE_MS,
    commandTimeout: SILENCE_MS, // a command that waits for a reconnection is silent too
  })
  return {
    limiter: redisLimiter(redis, prefix),
    pacer: redisPacer(redis, prefix),
    close: () => redis.disconnect(),
  }
}
