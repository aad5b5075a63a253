import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '@carillon/testkit'
import { startSweeper, type SweeperDeps } from '../sweep/sweeper.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const NOW_US = 1_000_000_000_000
const TICK_MS = 2500

type RemoveUnseen = SweeperDeps['store']['addresses']['removeUnseen']

/** A store in which nothing is due, that remembers until when it was asked for what waits. */
function emptyStore(removeExpired = async () => 0, removeUnseen: RemoveUnseen = async () => 0) {
  const asked: number[] = []
  const nothing = async () => []
  const store = {
    leases: { acquire: async () => true, release: nothing },
    workers: { liveSenders: async () => ['bell'] },
    pushes: {
      now: async () => NOW_US,
      senders: async () => ['bell'],
      orphaned: async () => ({ orphaned: [], next: null }),
      async waiting({ until, from }: { until: number; from: number }) {
        if (from === 0) asked.push(until)
        return []
      },
      expire: nothing,
    },
    broadcasts: { idle: nothing, finish: nothing },
    callbacks: { anyDue: async () => false },
    history: { makeDays: async () => {}, removeDays: async () => false, removeOldBroadcasts: async () => false },
    addresses: { removeUnseen },
    idempotency: { removeExpired },
    nonces: { removeExpired: nothing },
    counts: { removeOld: nothing },
    snapperQueues: { removeExpired: nothing },
    vacuum: nothing,
  }
  return { asked, store }
}

function sweeperOf(store: unknown, epoch = async () => 'one') {
  const queue = { epoch, oldestWaiting: async () => null }
  const notifier = { pushes() {}, each() {}, broadcast() {} }
  return startSweeper({
    store,
    queue,
    notifier,
    log: silentLogger,
    retention: 1,
    addressRetention: 2,
    holder: 'me',
  } as unknown as SweeperDeps)
}

describe('the sweeper', () => {
  it('looks for all that is due when the queue has lost its memory, and else only for what is overdue', async () => {
    const { asked, store } = emptyStore()
    let epoch = 'one'
    const sweeper = sweeperOf(store, async () => epoch)
    await vi.advanceTimersByTimeAsync(TICK_MS)
    epoch = 'two'
    await vi.advanceTimersByTimeAsync(TICK_MS)
    await sweeper.stop()
    expect(asked.map((until) => until - NOW_US)).toEqual([0, -5_000_000, 0])
  })

  it('removes all idempotency keys that expired, but begins no step that would delay the next round', async () => {
    const steps = [2000, 2000, 7]
    const removed: number[] = []
    await sweeperOf(emptyStore(async () => removed[removed.push(steps.shift()!) - 1]!).store).stop()
    expect(removed).toEqual([2000, 2000, 7])

    let slowSteps = 0
    const slow = async () => {
      slowSteps++
      vi.setSystemTime(Date.now() + 400)
      return 2000
    }
    await sweeperOf(emptyStore(slow).store).stop()
    expect(slowSteps).toBe(3)
  })

  it('removes addresses that were not seen for long in small steps, until there is none', async () => {
    const steps = [1000, 1000, 7]
    const removed: [age: number, most: number][] = []
    const removeUnseen: RemoveUnseen = async (...step) => {
      removed.push(step)
      return steps.shift() ?? 0
    }
    const sweeper = sweeperOf(emptyStore(undefined, removeUnseen).store)
    await vi.advanceTimersByTimeAsync(5 * TICK_MS)
    await sweeper.stop()
    expect(removed).toEqual([
      [2, 1000],
      [2, 1000],
      [2, 1000],
    ])
  })
})
