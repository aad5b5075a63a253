import { expect, it } from 'vitest'
import { Concurrency } from '../claim/concurrency.ts'

it('gives what is free, up to what is asked', async () => {
  const concurrency = new Concurrency({ size: 5 })
  expect(await concurrency.acquire(3)).toMatchObject({ pushes: 3 })
  expect(await concurrency.acquire(9)).toMatchObject({ pushes: 2 })
})

it('lets others wait until one is released', async () => {
  const concurrency = new Concurrency({ size: 1 })
  await concurrency.acquire(1)
  const waiting = concurrency.acquire(4)
  concurrency.ended()
  concurrency.recorded()
  expect(await waiting).toMatchObject({ pushes: 1 })
})

it('serves who is urgent before who is patient', async () => {
  const concurrency = new Concurrency({ size: 1 })
  await concurrency.acquire(1)
  const order: string[] = []
  const lowPriority = concurrency.acquire(1, true).then(() => order.push('patient'))
  const urgent = concurrency.acquire(1).then(() => order.push('urgent'))
  concurrency.ended()
  concurrency.recorded()
  await urgent
  concurrency.ended()
  concurrency.recorded()
  await lowPriority
  expect(order).toEqual(['urgent', 'patient'])
})

it('sends home all who wait and all who come once it is drained', async () => {
  const concurrency = new Concurrency({ size: 1 })
  await concurrency.acquire(1)
  const waiting = concurrency.acquire(1)
  concurrency.drain()
  expect(await waiting).toMatchObject({ pushes: 0 })
  concurrency.ended()
  concurrency.recorded()
  expect(await concurrency.acquire(1)).toMatchObject({ pushes: 0 })
})

it('grants together what comes back in one tick', async () => {
  const concurrency = new Concurrency({ size: 3 })
  await concurrency.acquire(3)
  const waiting = concurrency.acquire(9)
  for (let call = 0; call < 3; call++) {
    concurrency.ended()
    concurrency.recorded()
  }
  expect(await waiting).toMatchObject({ pushes: 3 })
})

it('grants what came back once its outcomes are on their way', async () => {
  const concurrency = new Concurrency({ size: 1 })
  await concurrency.acquire(1)
  const order: string[] = []
  const waiting = concurrency.acquire(1).then(() => order.push('granted'))
  concurrency.ended()
  concurrency.recorded()
  setImmediate(() => order.push('outcomes of the tick'))
  await waiting
  expect(order).toEqual(['outcomes of the tick', 'granted'])
})

it('lets calls begin while outcomes are being recorded, but not while more wait for that than may run', async () => {
  const concurrency = new Concurrency({ size: 2 })
  for (let round = 0; round < 2; round++) {
    expect(await concurrency.acquire(2)).toMatchObject({ pushes: 2 })
    concurrency.ended()
    concurrency.ended()
  }
  const begun: number[] = []
  const next = concurrency.acquire(2).then(({ pushes }) => begun.push(pushes))
  await new Promise(setImmediate)
  expect(begun).toEqual([])
  concurrency.recorded()
  await next
  expect(begun).toEqual([1])
})

it('is idle while at least half of all calls may begin', async () => {
  const concurrency = new Concurrency({ size: 4 })
  const idle = [concurrency.isIdle]
  for (let call = 0; call < 4; call++) {
    await concurrency.acquire(1)
    idle.push(concurrency.isIdle)
  }
  expect(idle).toEqual([true, true, true, false, false])
})

it.each([false, true])('has no room for others while somebody waits, low priority %j', async (lowPriority) => {
  const concurrency = new Concurrency({ size: 2, perSlot: 10 })
  expect(concurrency.room).toBe(20)
  await concurrency.acquire(20)
  const waiting = concurrency.acquire(1, lowPriority)
  concurrency.ended(2)
  expect(concurrency.room).toBe(0)
  expect(await waiting).toMatchObject({ pushes: 1 })
  expect(concurrency.room).toBe(10)
})

it('has no room for others once it was drained', () => {
  const concurrency = new Concurrency({ size: 1 })
  concurrency.drain()
  expect(concurrency.room).toBe(0)
})

it('gets back the pushes that a permit has beyond those that were sent, and the calls that these leave over', () => {
  const concurrency = new Concurrency({ size: 2, perSlot: 10 })
  for (let round = 0; round < 3; round++) {
    const permit = concurrency.acquireNow(20)
    expect(permit.pushes).toBe(20)
    concurrency.giveBack(permit)
  }
  concurrency.giveBack(concurrency.acquireNow(15), 11)
  expect(concurrency.room).toBe(0) // 11 pushes take two calls, as 15 do
})
