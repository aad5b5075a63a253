import { describe, expect, it, onTestFinished } from 'vitest'
import { memoryQueue } from '@carillon/queue'
import { redisQueue } from '@carillon/queue/redis'
import { waitFor } from '@carillon/testkit'
import { canKillRedis, freshRedis, hasRedis, killableRedis } from '../services/fresh-redis.ts'
import { exerciseQueue } from './exercise-queue.ts'

describe('in memory', () => {
  exerciseQueue(async () => {
    const queue = memoryQueue(() => {})
    return { queue, close: () => queue.close() }
  })

  it('drops hints for a sender that nobody consumes', async () => {
    const queue = memoryQueue(() => {})
    onTestFinished(() => queue.close())
    await queue.wake([{ sender: 'nobody', hint: { pushes: ['1'] }, delay: 0, priority: 'normal' }])
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

  it('keeps hints until somebody consumes them', async () => {
    const { queue } = await openRedisQueue()
    await queue.wake([{ sender: 'later', hint: { pushes: ['1'] }, delay: 0, priority: 'normal' }])
    const seen: unknown[] = []
    const consumer = queue.consume('later', async (hint) => void seen.push(hint), 1)
    await waitFor(() => seen.length === 1)
    await consumer.stop()
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
      queue.wake([{ sender: 'a', hint: { pushes: ['1'] }, delay: 0, priority: 'normal' }]),
    ).rejects.toBeInstanceOf(Error)
    await redis.restart()
    await waitFor(() => queue.ping().then(() => true))
    expect(await queue.epoch()).not.toBe(epoch)
  })
})

async function openRedisQueue() {
  const redis = await freshRedis()
  const queue = redisQueue({ url: redis.url, prefix: redis.prefix, onError: () => {} })
  await waitFor(() => queue.ping().then(() => true))
  onTestFinished(async () => {
    await queue.close()
    await redis.drop()
  })
  return { queue }
}
