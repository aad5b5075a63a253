import { memoryPacer } from '@carillon/limiter'
import { Redis } from 'ioredis'
import { describe, expect, it, onTestFinished } from 'vitest'
import { redisPacer } from '../../packages/redis/pacer.ts'
import { freshRedis, hasRedis } from '../services/fresh-redis.ts'
import { exercisePacer } from './exercise-pacer.ts'

describe('in memory', () => {
  exercisePacer(async (now) => {
    const pacer = memoryPacer(now)
    return { pacer, other: pacer, close: async () => {} }
  })

  it('forgets an address when neither its pace nor a reservation matters any more', async () => {
    let clock = 1
    const pacer = memoryPacer(() => clock)
    await pacer.reserve('chat', 1000)
    clock += 6001
    expect(await pacer.reserve('chat', 1000, 2)).toBe(0)
  })
})

describe.skipIf(!hasRedis)('on Redis', () => {
  exercisePacer(async (now) => {
    const { url, prefix, drop } = await freshRedis()
    const [one, two] = [new Redis(url), new Redis(url)]
    return {
      pacer: redisPacer(one, prefix, now),
      other: redisPacer(two, prefix, now),
      async close() {
        one.disconnect()
        two.disconnect()
        await drop()
      },
    }
  })

  it('keeps nothing readable, and nothing for longer than it matters', async () => {
    const { url, prefix, drop } = await freshRedis()
    const redis = new Redis(url)
    onTestFinished(async () => {
      redis.disconnect()
      await drop()
    })
    const pacer = redisPacer(redis, prefix)
    await pacer.reserve('slack https://hooks.slack.com/services/T0/B0/secret', 1000)
    const keys = await redis.keys(`${prefix}*`)
    expect(keys).toEqual([expect.stringMatching(new RegExp(`^${prefix}:pace:[\\w-]{43}$`))])
    expect(await redis.pttl(keys[0]!)).toBeGreaterThan(0)
    expect(await redis.pttl(keys[0]!)).toBeLessThanOrEqual(6000)
  })
})
