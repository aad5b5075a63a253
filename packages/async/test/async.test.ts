import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { backoff, serial, singleFlight, within } from '../index.ts'

describe('serial', () => {
  it('starts work once the work before it has ended', async () => {
    const inTurn = serial()
    const first = Promise.withResolvers<void>()
    const events: string[] = []
    const one = inTurn(async () => {
      await first.promise
      events.push('first ended')
    })
    const two = inTurn(() => events.push('second began'))
    await new Promise(setImmediate)
    expect(events).toEqual([])
    first.resolve()
    await Promise.all([one, two])
    expect(events).toEqual(['first ended', 'second began'])
  })

  it('returns what each work returns, and goes on after a failure', async () => {
    const inTurn = serial()
    const results = await Promise.allSettled([
      inTurn(() => 1),
      inTurn(() => Promise.reject(new Error('bad'))),
      inTurn(() => {
        throw new Error('worse')
      }),
      inTurn(async () => 2),
    ])
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.message))).toEqual([
      1,
      'bad',
      'worse',
      2,
    ])
  })
})

describe('singleFlight', () => {
  it('runs once for all calls until it has ended, and then anew', async () => {
    let runs = 0
    const flight = singleFlight(async () => ++runs)
    expect(await Promise.all([flight(), flight(), flight()])).toEqual([1, 1, 1])
    expect(await flight()).toBe(2)
  })

  it('runs once for each key', async () => {
    const keys: string[] = []
    const flight = singleFlight(async (key: string) => keys.push(key))
    await Promise.all(['a', 'b', 'a'].map(flight))
    expect(keys).toEqual(['a', 'b'])
  })

  it('fails for all who share a run, and keeps no failure', async () => {
    const fail = vi.fn<() => Promise<string>>().mockRejectedValueOnce(new Error('bad')).mockResolvedValue('good')
    const flight = singleFlight(fail)
    const results = await Promise.allSettled([flight(), flight()])
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await flight()).toBe('good')
  })
})

describe('within', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  const late = () => new Error('late')

  it('returns what the work returns, and leaves no timer behind', async () => {
    expect(await within(1000, Promise.resolve('done'), late)).toBe('done')
    expect(await within(1000, 'at once', late)).toBe('at once')
    await expect(within(1000, Promise.reject(new Error('bad')), late)).rejects.toThrow('bad')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('fails when the time is over, and not before', async () => {
    const settled = vi.fn<(error: Error) => void>()
    const waiting = within(1000, new Promise(() => {}), late).catch(settled)
    await vi.advanceTimersByTimeAsync(999)
    expect(settled).not.toHaveBeenCalled()
    await vi.advanceTimersByTimeAsync(1)
    await waiting
    expect(settled).toHaveBeenCalledExactlyOnceWith(new Error('late'))
  })
})

it('backs off twice as long after each failure, up to the longest pause', () => {
  const pause = backoff(2, 3600)
  expect([1, 2, 3, 4].map(pause)).toEqual([2, 4, 8, 16])
  expect([11, 12, 13, 10_000].map(pause)).toEqual([2048, 3600, 3600, 3600])
})
