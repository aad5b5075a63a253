import { memoryLimiter } from '@carillon/limiter'
import { redisRates } from '@carillon/redis'
import { waitFor } from '@carillon/testkit'
import { describe, expect, it, onTestFinished } from 'vitest'
import { canKillRedis, type FreshRedis, freshRedis, hasRedis, killableRedis } from '../services/fresh-redis.ts'
import { exerciseLimiter } from './exercise-limiter.ts'

const SLOW = { count: 50, seconds: 3600 }

describe('in memory', () => {
  exerciseLimiter(async () => ({ limiter: memoryLimiter(), others: [], close: async () => {} }))
})

describe.skipIf(!hasRedis)('on Redis', () => {
  exerciseLimiter(async () => {
    const redis = await freshRedis()
    const all = await Promise.all([connected(redis), connected(redis), connected(redis)])
    const [limiter, ...others] = all.map((rates) => rates.limiter)
    return {
      limiter: limiter!,
      others,
      async close() {
        for (const rates of all) rates.close()
        await redis.drop()
      },
    }
  })
})

describe.skipIf(!canKillRedis)('a Redis that is away', () => {
  it('makes it refuse at once, and grant again by itself', async () => {
    const redis = await killableRedis()
    const { limiter, pacer, close } = await connected(redis)
    onTestFinished(async () => {
      close()
      await redis.drop()
    })
    await redis.kill()
    await expect(limiter.take('chime', SLOW, 1)).rejects.toBeInstanceOf(Error)
    await expect(limiter.take('chime', SLOW, 1)).rejects.toBeInstanceOf(Error)
    await expect(pacer.reserve('chat', 1000)).rejects.toBeInstanceOf(Error)
    await expect(pacer.hold('chat', 1000)).rejects.toBeInstanceOf(Error)
    await redis.restart()
    expect(await waitFor(() => limiter.take('chime', SLOW, 100))).toMatchObject({ tokens: 5 })
    expect(await pacer.reserve('chat', 1000)).toBe(0)
  })
})

/** Rates whose connection is up. */
async function connected({ url, prefix }: FreshRedis) {
  const rates = redisRates({ url, prefix })
  await waitFor(() => rates.limiter.take('warm up', SLOW, 1))
  return rates
}
