import { describe, expect, it, onTestFinished } from 'vitest'
import { Queue as BullQueue } from 'bullmq'
import { Redis } from 'ioredis'
import type { OnFault } from '@carillon/contract'
import { memoryQueue } from '@carillon/queue'
import { redisQueue } from '@carillon/redis'
import { waitFor } from '@carillon/testkit'
import { canKillRedis, freshRedis, hasRedis, killableRedis } from '../services/fresh-redis.ts'
import { exerciseQueue } from './exercise-queue.ts'

describe('in memory', () => {
  exerciseQueue(async () => {
    const queue = memoryQueue(() => {})
    return { queue, close: () => queue.close() }
  })

  it('drops wake-ups for a sender without a consumer', async () => {
    const queue = memoryQueue(() => {})
    onTestFinished(() => queue.close())
    await queue.wake([{ sender: 'nobody', wakeUp: { pushes: ['1'] }, delay: 0, priority: 'normal' }])
    expect(await queue.oldestWaiting('nobody')).toBeNull()
  })
})

describe.skipIf(!hasRedis)('on Redis', () => {
  exerciseQueue(async () => {
    const redis = await freshRedis()
    const queue = redisQueue({ url: redis.url, prefix: redis.prefix, onError: () => {} })
    await waitFor(() => queue.ping().then(() => true))
    return {
      queue,
      async close() {
        await queue.close()
        await redis.drop()
      },
    }
  })

  it('keeps wake-ups until somebody consumes them', async () => {
    const { queue } = await openRedisQueue()
    await queue.wake([{ sender: 'later', wakeUp: { pushes: ['1'] }, delay: 0, priority: 'normal' }])
    const seen: unknown[] = []
    const consumer = queue.consume('later', async (wakeUp) => void seen.push(wakeUp), 1)
    await waitFor(() => seen.length === 1)
    await consumer.stop()
  })

  it('understands the wake-ups of the previous version, and drops what it cannot read', async () => {
    const faults: unknown[] = []
    const { queue, redis } = await openRedisQueue((error) => faults.push(error))
    const seen: unknown[] = []
    queue.consume('older', async (wakeUp) => void seen.push(wakeUp), 1)
    const jobs = new BullQueue('older', { connection: { url: redis.url }, prefix: redis.prefix })
    onTestFinished(() => jobs.close())
    const wakeUps = [
      null,
      7,
      'x',
      [],
      {},
      { pushes: '1' },
      { pushes: ['x'] },
      { broadcast: null },
      { v: 2, pushes: ['1'] },
    ]
    const opts = { removeOnComplete: true, removeOnFail: true }
    await jobs.addBulk(wakeUps.map((data) => ({ name: 'wake', data, opts })))
    await jobs.addBulk(
      [{ pushes: ['1'] }, { broadcast: '2' }, { callbacks: true }].map((data) => ({ name: 'wake', data, opts })),
    )
    await waitFor(() => seen.length === 3)
    expect(seen).toEqual([{ pushes: ['1'] }, { broadcast: '2' }, { callbacks: true }])
    expect(faults).toEqual(wakeUps.map(() => expect.objectContaining({ kind: 'wake-up' })))
    expect(await waitFor(async () => (await jobs.getJobCountByTypes('failed', 'active', 'waiting')) === 0)).toBe(true)
  })

  it('is not held up by a job whose bytes are no JSON', async () => {
    const { queue, redis } = await openRedisQueue()
    const raw = new Redis(redis.url)
    onTestFinished(() => raw.disconnect())
    const wakeUps = ['1', '2'].map((id) => ({
      sender: 'bent',
      wakeUp: { pushes: [id] },
      delay: 0,
      priority: 'normal' as const,
    }))
    await queue.wake(wakeUps)
    const [job] = await raw.lrange(`${redis.prefix}:bent:wait`, -1, -1)
    await raw.hset(`${redis.prefix}:bent:${job}`, 'data', '{"pushes":["1"')
    const seen: unknown[] = []
    queue.consume('bent', async (wakeUp) => void seen.push(wakeUp), 1)
    await waitFor(() => seen.length === 1)
    expect(seen).toEqual([{ pushes: ['2'] }])
    await waitFor(async () => (await raw.exists(`${redis.prefix}:bent:${job}`)) === 0, { timeout: 20_000 })
  })
})

describe.skipIf(!canKillRedis)('a Redis that is away', () => {
  it('rejects at once instead of gathering commands, and works again with a new epoch', async () => {
    const redis = await killableRedis()
    const queue = redisQueue({ url: redis.url, prefix: redis.prefix, onError: () => {} })
    onTestFinished(async () => {
      await queue.close()
      await redis.drop()
    })
    const epoch = await waitFor(() => queue.epoch())
    await redis.kill()
    await waitFor(() =>
      queue.ping().then(
        () => false,
        () => true,
      ),
    )
    await expect(
      queue.wake([{ sender: 'a', wakeUp: { pushes: ['1'] }, delay: 0, priority: 'normal' }]),
    ).rejects.toBeInstanceOf(Error)
    await redis.restart()
    await waitFor(() => queue.ping().then(() => true))
    expect(await queue.epoch()).not.toBe(epoch)
  })
})

async function openRedisQueue(onFault: OnFault = () => {}) {
  const redis = await freshRedis()
  const queue = redisQueue({ url: redis.url, prefix: redis.prefix, onError: () => {}, onFault })
  await waitFor(() => queue.ping().then(() => true))
  onTestFinished(async () => {
    await queue.close()
    await redis.drop()
  })
  return { queue, redis }
}
