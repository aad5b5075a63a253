import { expect, it } from 'vitest'
import { Concurrency, type Permit, type Place } from '../claim/concurrency.ts'

/** Starts all pushes of a permit. */
async function start(granted: Permit | Promise<Permit>): Promise<Place[]> {
  const permit = await granted
  return permit.start(permit.pushes)
}

function finish(places: Place[]): void {
  for (const place of places) place[Symbol.dispose]()
}

it('gives what is free, up to what is asked', async () => {
  const concurrency = new Concurrency({ size: 5 })
  expect(await concurrency.acquire(3)).toMatchObject({ pushes: 3 })
  expect(await concurrency.acquire(9)).toMatchObject({ pushes: 2 })
})

it('lets others wait until one is released', async () => {
  const concurrency = new Concurrency({ size: 1 })
  const first = await start(concurrency.acquire(1))
  const waiting = concurrency.acquire(4)
  finish(first)
  expect(await waiting).toMatchObject({ pushes: 1 })
})

it('serves who is urgent before who is patient', async () => {
  const concurrency = new Concurrency({ size: 1 })
  const first = await start(concurrency.acquire(1))
  const order: string[] = []
  const lowPriority = start(concurrency.acquire(1, true)).then(() => order.push('patient'))
  const urgent = start(concurrency.acquire(1)).then((places) => (order.push('urgent'), places))
  finish(first)
  finish(await urgent)
  await lowPriority
  expect(order).toEqual(['urgent', 'patient'])
})

it('sends home all who wait and all who come once it is drained', async () => {
  const concurrency = new Concurrency({ size: 1 })
  const first = await start(concurrency.acquire(1))
  const waiting = concurrency.acquire(1)
  concurrency.drain()
  expect(await waiting).toMatchObject({ pushes: 0 })
  finish(first)
  expect(await concurrency.acquire(1)).toMatchObject({ pushes: 0 })
})

it('grants together what comes back in one tick', async () => {
  const concurrency = new Concurrency({ size: 3 })
  const first = await start(concurrency.acquire(3))
  const waiting = concurrency.acquire(9)
  finish(first)
  expect(await waiting).toMatchObject({ pushes: 3 })
})

it('grants what came back once its outcomes are on their way', async () => {
  const concurrency = new Concurrency({ size: 1 })
  const first = await start(concurrency.acquire(1))
  const order: string[] = []
  const waiting = concurrency.acquire(1).then(() => order.push('granted'))
  finish(first)
  setImmediate(() => order.push('outcomes of the tick'))
  await waiting
  expect(order).toEqual(['outcomes of the tick', 'granted'])
})

it('lets calls begin while outcomes are being recorded, but not while more wait for that than may run', async () => {
  const concurrency = new Concurrency({ size: 2 })
  const unrecorded: Place[] = []
  for (let round = 0; round < 2; round++) {
    const places = await start(concurrency.acquire(2))
    expect(places).toHaveLength(2)
    for (const place of places) place.endCall()
    unrecorded.push(...places)
  }
  const begun: number[] = []
  const next = concurrency.acquire(2).then(({ pushes }) => begun.push(pushes))
  await new Promise(setImmediate)
  expect(begun).toEqual([])
  finish(unrecorded.slice(0, 1))
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
  const concurrency = new Concurrency({ size: 2, perCall: 10 })
  expect(concurrency.room).toBe(20)
  const places = await start(concurrency.acquire(20))
  const waiting = concurrency.acquire(1, lowPriority)
  for (const place of places) place.endCall()
  expect(concurrency.room).toBe(0)
  expect(await waiting).toMatchObject({ pushes: 1 })
  expect(concurrency.room).toBe(10)
})

it('has no room for others once it was drained', () => {
  const concurrency = new Concurrency({ size: 1 })
  concurrency.drain()
  expect(concurrency.room).toBe(0)
})

it('gets back the pushes of a permit that were not started, and the calls that these leave over', () => {
  const concurrency = new Concurrency({ size: 2, perCall: 10 })
  for (let round = 0; round < 3; round++) {
    using permit = concurrency.acquireNow(20)
    expect(permit.pushes).toBe(20)
  }
  {
    using permit = concurrency.acquireNow(15)
    permit.start(11)
  }
  expect(concurrency.room).toBe(0) // 11 pushes take two calls, as 15 do
})

it('frees the slot of a call once all its pushes are over, and each of them once', () => {
  const concurrency = new Concurrency({ size: 2, perCall: 2 })
  using permit = concurrency.acquireNow(4)
  const [one, other] = permit.start(4) as [Place, Place]
  one.endCall()
  one.endCall()
  expect(concurrency.room).toBe(0)
  other[Symbol.dispose]()
  expect(concurrency.room).toBe(2)
})

it('permits no more at once than may start now, and nothing while somebody waits', async () => {
  const concurrency = new Concurrency({ size: 2 })
  expect(concurrency.acquireNow(9).pushes).toBe(2)
  void concurrency.acquire(1)
  expect(concurrency.acquireNow(9).pushes).toBe(0)
  concurrency.drain()
})

it('grants what was not started to who waits, and reports that places came back', async () => {
  const concurrency = new Concurrency({ size: 2 })
  const { promise: returned, resolve } = Promise.withResolvers<void>()
  concurrency.onReturn(resolve)
  const permit = concurrency.acquireNow(2)
  const waiting = concurrency.acquire(5)
  permit.start(1)
  permit[Symbol.dispose]()
  expect(await waiting).toMatchObject({ pushes: 1 })
  await returned
})
