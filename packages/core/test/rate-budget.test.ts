import type { RateGrant, Logger } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import { afterEach, expect, it, vi } from 'vitest'
import { Concurrency, type Permit } from '../claim/concurrency.ts'
import { RateBudget } from '../claim/rate-budget.ts'

/** Longer than any test. */
const LONG_MS = 60_000
const RATE = { count: 1, seconds: 60 }

/** Slots whose tokens come when the test says so. */
function limited({
  size = 50,
  perCall = 1,
  log = silentLogger,
}: { size?: number; perCall?: number; log?: Logger } = {}) {
  const asked: { most: number; answer(grant: RateGrant): void; fail(error: Error): void }[] = []
  const take = (most: number) =>
    new Promise<RateGrant>((answer, fail) => {
      asked.push({ most, answer, fail })
    })
  const concurrency = new Concurrency({
    size,
    perCall,
    rateBudget: new RateBudget({ rate: RATE, take, sender: 'chime', log }),
  })
  const grant = async (tokens: number, msLeft = LONG_MS) => {
    await vi.waitFor(() => expect(asked).not.toEqual([]))
    asked.shift()!.answer({ tokens, msLeft })
  }
  return { concurrency, asked, grant }
}

afterEach(() => void vi.useRealTimers())

const pushes = ({ pushes: count }: Permit) => count

it('says until when it is used up, and that it is not known while the limiter is away', async () => {
  const take = vi.fn<() => Promise<RateGrant>>()
  const budget = new RateBudget({ rate: RATE, take, sender: 'chime', log: silentLogger })
  const fetch = (answer: Promise<RateGrant>) => {
    take.mockReturnValueOnce(answer)
    return new Promise<void>((arrived) => budget.fetch(2, false, arrived))
  }
  vi.useFakeTimers({ toFake: ['performance', 'Date'], now: 1_000_000 })
  expect(budget.usedUpUntil).toBeNull()
  await fetch(Promise.resolve({ tokens: 1, msLeft: 5000 }))
  expect(budget.usedUpUntil, 'one is left').toBeNull()
  budget.spend(1)
  expect(budget.usedUpUntil).toBeCloseTo(1005, 3)
  vi.advanceTimersByTime(5001)
  expect(budget.usedUpUntil).toBeNull()
  await fetch(Promise.reject(new Error('away')))
  expect(budget.usedUpUntil).toBeNull()
})

/** Starts some pushes of a permit; the others go back. */
function startSome(permit: Permit, count: number): void {
  permit.start(count)
  permit[Symbol.dispose]()
}

it('asks for tokens when somebody waits, for as many as they all want and slots are free', async () => {
  const { concurrency, asked } = limited({ size: 5 })
  expect(asked).toEqual([])
  void concurrency.acquire(3)
  void concurrency.acquire(9, true)
  expect(asked.map(({ most }) => most)).toEqual([3])
  asked[0]!.answer({ tokens: 3, msLeft: LONG_MS })
  await vi.waitFor(() => expect(asked.map(({ most }) => most)).toEqual([3, 2]))
})

it('lets another start for one that sent nothing, within the same slice', async () => {
  const { concurrency, asked, grant } = limited()
  const first = concurrency.acquire(1)
  await grant(1)
  const [place] = (await first).start(1)
  place!.giveBackToken()
  place![Symbol.dispose]()
  expect(await concurrency.acquire(1)).toMatchObject({ pushes: 1 })
  expect(asked).toEqual([])
})

it('gives leave for what was granted, and lets the others wait', async () => {
  const { concurrency, grant } = limited()
  const [first, second] = [concurrency.acquire(10).then(pushes), concurrency.acquire(10).then(pushes)]
  await grant(4)
  expect(await first).toBe(4)
  concurrency.drain()
  expect(await second).toBe(0)
})

it('serves urgent callers before those of low priority, whichever caller requested the tokens', async () => {
  const { concurrency, grant } = limited()
  const order: string[] = []
  void concurrency.acquire(10, true).then(() => order.push('lowPriority'))
  const urgent = ['one', 'other'].map((name) => concurrency.acquire(1).then(() => order.push(name)))
  await grant(2)
  await Promise.all(urgent)
  expect(order).toEqual(['one', 'other'])
  concurrency.drain()
})

it('asks again when the slice is over', async () => {
  const { concurrency, grant } = limited()
  const waiting = concurrency.acquire(1).then(pushes)
  await grant(0, 1)
  await grant(0, 1)
  await grant(1, 1)
  expect(await waiting).toBe(1)
})

it('has no room for pushes that ask for no tokens', () => {
  expect(limited().concurrency.room).toBe(0)
})

it('holds no slot of those who wait for tokens', async () => {
  const { concurrency, grant, asked } = limited({ size: 1 })
  const lowPriority = concurrency.acquire(1, true)
  const urgent = concurrency.acquire(1)
  await grant(1)
  const places = (await urgent).start(1)
  expect(places).toHaveLength(1)
  expect(asked).toEqual([]) // no slot, no tokens
  for (const place of places) place[Symbol.dispose]()
  await grant(1)
  expect(pushes(await lowPriority)).toBe(1)
})

it('hands tokens that were not needed to the next', async () => {
  const { concurrency, grant, asked } = limited()
  const waiting = concurrency.acquire(3)
  await grant(3)
  startSome(await waiting, 1)
  expect(pushes(await concurrency.acquire(5))).toBe(2)
  expect(asked).toEqual([])
})

it('drops tokens whose slice was over before they were given back', async () => {
  vi.useFakeTimers()
  const { concurrency, asked } = limited()
  const first = concurrency.acquire(3)
  asked.shift()!.answer({ tokens: 3, msLeft: 100 })
  const permit = await first
  await vi.advanceTimersByTimeAsync(100)
  const second = concurrency.acquire(2)
  asked.shift()!.answer({ tokens: 2, msLeft: LONG_MS })
  expect(pushes(await second)).toBe(2)
  permit[Symbol.dispose]()
  const waiting = concurrency.acquire(5)
  expect(asked).toHaveLength(1) // the new slice has nothing left of its own
  concurrency.drain()
  expect(pushes(await waiting)).toBe(0)
})

it('drops tokens that were not used within their slice', async () => {
  vi.useFakeTimers()
  const { concurrency, asked } = limited()
  const first = concurrency.acquire(3)
  asked.shift()!.answer({ tokens: 3, msLeft: 100 })
  startSome(await first, 1)
  await vi.advanceTimersByTimeAsync(100)
  const waiting = concurrency.acquire(5)
  expect(asked).toHaveLength(1)
  concurrency.drain()
  expect(pushes(await waiting)).toBe(0)
})

it('counts pushes, and calls of a sender that takes many in one', async () => {
  const { concurrency, grant, asked } = limited({ size: 2, perCall: 1000 })
  const waiting = concurrency.acquire(5000)
  expect(asked[0]!.most).toBe(2000)
  await grant(1500)
  const permit = await waiting
  expect(permit.pushes).toBe(1500)
  startSome(permit, 700)
  expect(pushes(await concurrency.acquire(5000))).toBe(800) // one slot and 800 tokens are left
})

it('waits while the limiter cannot be reached, and says so once', async () => {
  vi.useFakeTimers()
  const warn = vi.fn<Logger['warn']>()
  const { concurrency, asked } = limited({ log: { ...silentLogger, warn } })
  const waiting = concurrency.acquire(1).then(pushes)
  for (let outage = 0; outage < 3; outage++) {
    asked.shift()!.fail(new Error('away'))
    await vi.advanceTimersByTimeAsync(999)
    expect(asked).toEqual([])
    await vi.advanceTimersByTimeAsync(1)
    expect(asked).toHaveLength(1)
  }
  asked.shift()!.answer({ tokens: 1, msLeft: LONG_MS })
  expect(await waiting).toBe(1)
  expect(warn).toHaveBeenCalledExactlyOnceWith({ sender: 'chime', error: 'Error' }, expect.stringContaining('wait'))
})

it('says so again when the limiter is away another time', async () => {
  vi.useFakeTimers()
  const warn = vi.fn<Logger['warn']>()
  const { concurrency, asked } = limited({ log: { ...silentLogger, warn } })
  const first = concurrency.acquire(1)
  asked.shift()!.fail(new Error('away'))
  await vi.advanceTimersByTimeAsync(1000)
  asked.shift()!.answer({ tokens: 1, msLeft: LONG_MS })
  await first
  void concurrency.acquire(1)
  asked.shift()!.fail(new Error('away'))
  await vi.advanceTimersByTimeAsync(0)
  expect(warn).toHaveBeenCalledTimes(2)
  concurrency.drain()
})

it('lets those who are urgent elsewhere ask first when a slice begins', async () => {
  vi.useFakeTimers()
  const { concurrency, asked } = limited()
  void concurrency.acquire(1, true)
  asked.shift()!.answer({ tokens: 0, msLeft: 100 })
  await vi.advanceTimersByTimeAsync(101)
  expect(asked).toEqual([])
  void concurrency.acquire(1)
  expect(asked).toHaveLength(1)
  concurrency.drain()
})

it('asks no more once it was drained', async () => {
  vi.useFakeTimers()
  const { concurrency, asked } = limited()
  const waiting = concurrency.acquire(1).then(pushes)
  asked.shift()!.answer({ tokens: 0, msLeft: 100 })
  await vi.advanceTimersByTimeAsync(1)
  concurrency.drain()
  expect(await waiting).toBe(0)
  await vi.advanceTimersByTimeAsync(LONG_MS)
  expect(asked).toEqual([])
})

it('adds no tokens of a slice that is over to those of the next', async () => {
  vi.useFakeTimers()
  const { concurrency, asked } = limited()
  const first = concurrency.acquire(10)
  asked.shift()!.answer({ tokens: 10, msLeft: 100 })
  startSome(await first, 4)
  await vi.advanceTimersByTimeAsync(100)
  const second = concurrency.acquire(9)
  asked.shift()!.answer({ tokens: 3, msLeft: LONG_MS })
  expect(pushes(await second)).toBe(3)
})

it('lets the pages of broadcasts wait 25 ms after the beginning of a slice at most', async () => {
  vi.useFakeTimers()
  const { concurrency, asked } = limited()
  void concurrency.acquire(1, true)
  asked.shift()!.answer({ tokens: 0, msLeft: 10_000 })
  await vi.advanceTimersByTimeAsync(10_020)
  expect(asked).toEqual([])
  await vi.advanceTimersByTimeAsync(10)
  expect(asked).toHaveLength(1)
  concurrency.drain()
})
