import { memoryBackplane } from '@carillon/backplane'
import type { Backplane } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { IdleWorkers } from '../dispatch/dispatch.ts'
import { IdleAnnouncer, type IdleAnnouncerDeps } from '../dispatch/receive.ts'
import type { DirectDispatch } from '../dispatch/messages.ts'

const dispatch: DirectDispatch = { at: 0, age: 0, pushes: [] }

describe('idle workers', () => {
  let backplane: Backplane
  let idleWorkers: IdleWorkers
  beforeEach(async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    backplane = memoryBackplane()
    idleWorkers = new IdleWorkers(async () => backplane, silentLogger)
    idleWorkers.find('chime', 1) // from now on it listens
    await vi.advanceTimersByTimeAsync(0)
  })

  function announcer(worker: string, { sender = 'chime', room = () => 10 }: Partial<IdleAnnouncerDeps> = {}) {
    const claimed: DirectDispatch[] = []
    const offered = new IdleAnnouncer({
      backplane: async () => backplane,
      worker,
      sender,
      room,
      receive: (one) => void claimed.push(one),
      log: silentLogger,
    })
    onTestFinished(() => offered.stop())
    return { offered, claimed }
  }

  it('are found in turn, each for its own sender', async () => {
    announcer('one')
    announcer('two')
    announcer('three', { sender: 'gong' })
    await vi.advanceTimersByTimeAsync(0)
    expect(Array.from({ length: 4 }, () => idleWorkers.find('chime', 1)?.worker)).toEqual(['one', 'two', 'one', 'two'])
    expect(idleWorkers.find('gong', 20)).toEqual({ worker: 'three', room: 10 })
    expect(idleWorkers.find('gong', 1)).toBeUndefined() // until it says so again
    expect(idleWorkers.find('drum', 1)).toBeUndefined()
  })

  it('count as idle for as long as they announced', async () => {
    let free = true
    announcer('one', { room: () => (free ? 10 : 0) })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(idleWorkers.find('chime', 1)).toMatchObject({ worker: 'one' })
    free = false
    await vi.advanceTimersByTimeAsync(50)
    expect(idleWorkers.find('chime', 1)).toBeUndefined()
    free = true
    await vi.advanceTimersByTimeAsync(50)
    expect(idleWorkers.find('chime', 1)).toMatchObject({ worker: 'one' })
  })

  it('are not believed when they say nothing any more', async () => {
    const publish = vi.spyOn(backplane, 'publish')
    announcer('one')
    await vi.advanceTimersByTimeAsync(0)
    expect(idleWorkers.find('chime', 1)).toMatchObject({ worker: 'one' })
    publish.mockResolvedValue(0)
    await vi.advanceTimersByTimeAsync(2400)
    expect(idleWorkers.find('chime', 1)).toMatchObject({ worker: 'one' })
    await vi.advanceTimersByTimeAsync(200)
    expect(idleWorkers.find('chime', 1)).toBeUndefined()
  })

  it('are given a dispatch, and nothing after they were withdrawn', async () => {
    const { offered, claimed } = announcer('one')
    await vi.advanceTimersByTimeAsync(0)
    const hand = { worker: 'one', sender: 'chime' }
    expect(await idleWorkers.dispatch(hand, dispatch)).toBe(true)
    expect(claimed).toEqual([]) // whoever pushed hears first that it was accepted
    await vi.advanceTimersByTimeAsync(0)
    expect(claimed).toEqual([dispatch])
    await offered.stop()
    expect(idleWorkers.find('chime', 1)).toBeUndefined()
    expect(await idleWorkers.dispatch(hand, dispatch)).toBe(false)
  })

  it('are all forgotten when it is unknown whether a dispatch arrived', async () => {
    announcer('one')
    announcer('two')
    await vi.advanceTimersByTimeAsync(0)
    vi.spyOn(backplane, 'publish').mockRejectedValueOnce(new Error('away'))
    await expect(idleWorkers.dispatch({ worker: 'one', sender: 'chime' }, dispatch)).rejects.toThrow('away')
    expect(idleWorkers.find('chime', 1)).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1100)
    expect(idleWorkers.find('chime', 1)).toBeDefined()
  })

  it('are offered and listened for again where that failed at first', async () => {
    const subscribe = vi.spyOn(backplane, 'subscribe').mockRejectedValue(new Error('away'))
    idleWorkers = new IdleWorkers(async () => backplane, silentLogger)
    announcer('one')
    idleWorkers.find('chime', 1)
    await vi.advanceTimersByTimeAsync(5000)
    subscribe.mockRestore()
    expect(idleWorkers.find('chime', 1)).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1100)
    expect(idleWorkers.find('chime', 1)).toMatchObject({ worker: 'one' })
  })
})
