import { expect, it, onTestFinished, vi } from 'vitest'
import { memoryQueue } from '../memory.ts'
import type { WakeUpJob } from '../queue.ts'

function started() {
  const errors: unknown[] = []
  const queue = memoryQueue((error) => errors.push(error))
  onTestFinished(() => queue.close())
  return { queue, errors }
}

const job = (id: number, more: Partial<WakeUpJob> = {}): WakeUpJob => ({
  sender: 'chime',
  wakeUp: { pushes: [String(id)] },
  delay: 0,
  priority: 'normal',
  ...more,
})

/** A handler that notes what it is called with, and ends each call when the test says so, or is over. */
function handler() {
  const seen: number[] = []
  const ends: (() => void)[] = []
  const testIsOver = Promise.withResolvers<void>()
  onTestFinished(() => testIsOver.resolve())
  const handle = (wakeUp: WakeUpJob['wakeUp']) => {
    seen.push(Number('pushes' in wakeUp && wakeUp.pushes[0]))
    return Promise.race([testIsOver.promise, new Promise<void>((end) => void ends.push(end))])
  }
  const endOne = async () => {
    ends.shift()!()
    await new Promise(setImmediate)
  }
  return { seen, handle, endOne }
}

const upTo = (count: number) => Array.from({ length: count }, (_, id) => id)

it('handles a long backlog once each and in order, also what is added while it is worked off', async () => {
  const { queue } = started()
  const seen: number[] = []
  const { promise: opened, resolve: open } = Promise.withResolvers<void>()
  const consumer = queue.consume(
    'chime',
    async (wakeUp) => {
      await opened
      const id = Number('pushes' in wakeUp && wakeUp.pushes[0])
      seen.push(id)
      if (id < 1000) await queue.wake([job(3000 + id)])
    },
    1,
  )
  await queue.wake(upTo(3000).map((id) => job(id)))
  open()
  await vi.waitFor(() => expect(seen.length).toBeGreaterThanOrEqual(4000))
  await consumer.stop()
  expect(seen).toEqual(upTo(4000))
})

it('starts nothing more once its consumer stops, and waits for what runs', async () => {
  const { queue } = started()
  const { seen, handle, endOne } = handler()
  const consumer = queue.consume('chime', handle, 1)
  await queue.wake([job(1), job(2)])
  let stopped = false
  const stop = consumer.stop().then(() => (stopped = true))
  await new Promise(setImmediate)
  expect(stopped).toBe(false)
  await endOne()
  await stop
  await queue.wake([job(3)])
  expect(seen).toEqual([1])
})

it('starts nothing more once it is closed, neither what waits nor what is delayed', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { queue } = started()
  const { seen, handle, endOne } = handler()
  queue.consume('chime', handle, 1)
  await queue.wake([job(1), job(2), job(3, { delay: 100 })])
  const closed = queue.close()
  expect(vi.getTimerCount()).toBe(0)
  await endOne()
  await closed
  expect(seen).toEqual([1])
})

it('gives a wake-up to the consumer with the fewest', async () => {
  const { queue } = started()
  const [one, other] = [handler(), handler()]
  queue.consume('chime', one.handle, 2)
  queue.consume('chime', other.handle, 2)
  await queue.wake([1, 2, 3].map((id) => job(id)))
  await one.endOne()
  await one.endOne()
  await queue.wake([4, 5, 6].map((id) => job(id)))
  expect([one.seen, other.seen]).toEqual([
    [1, 3, 4, 5],
    [2, 6],
  ])
})

it('reports a handler that fails, and handles the next', async () => {
  const { queue, errors } = started()
  const seen: unknown[] = []
  const consumer = queue.consume(
    'chime',
    async (wakeUp) => {
      seen.push(wakeUp)
      throw new Error('no line')
    },
    1,
  )
  await queue.wake([job(1), job(2)])
  await vi.waitFor(() => expect(errors).toHaveLength(2))
  await consumer.stop()
  expect(seen).toEqual([{ pushes: ['1'] }, { pushes: ['2'] }])
})

it('says when the oldest wake-up that waits was added, whatever its priority and its consumer', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: 1000 })
  onTestFinished(() => void vi.useRealTimers())
  const { queue } = started()
  const [one, other] = [handler(), handler()]
  queue.consume('chime', one.handle, 1)
  queue.consume('chime', other.handle, 1)
  await queue.wake([job(1), job(2)])
  expect(await queue.oldestWaiting('chime')).toBeNull()
  for (const [id, priority] of [
    [3, 'low'],
    [4, 'normal'],
    [5, 'high'],
  ] as const) {
    vi.setSystemTime(1000 + id)
    await queue.wake([job(id, { priority })])
  }
  expect(await queue.oldestWaiting('chime')).toBe(1003)
})
