import { memoryBackplane } from '@carillon/backplane'
import type { Backplane } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { FreeHands } from '../../packages/core/hand-over/free-hands.ts'
import { Offer, type OfferParts } from '../../packages/core/hand-over/offer.ts'
import type { Parcel } from '../../packages/core/hand-over/parcel.ts'

const parcel: Parcel = { at: 0, age: 0, pushes: [] }

describe('free hands', () => {
  let backplane: Backplane
  let hands: FreeHands
  beforeEach(async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    backplane = memoryBackplane()
    hands = new FreeHands(async () => backplane, silentLogger)
    hands.find('chime', 1) // from now on it listens
    await vi.advanceTimersByTimeAsync(0)
  })

  function offer(worker: string, { sender = 'chime', room = () => 10 }: Partial<OfferParts> = {}) {
    const taken: Parcel[] = []
    const offered = new Offer({
      backplane: async () => backplane,
      worker,
      sender,
      room,
      take: (one) => void taken.push(one),
      log: silentLogger,
    })
    onTestFinished(() => offered.withdraw())
    return { offered, taken }
  }

  it('are found in turn, each for its own sender', async () => {
    offer('one')
    offer('two')
    offer('three', { sender: 'gong' })
    await vi.advanceTimersByTimeAsync(0)
    expect(Array.from({ length: 4 }, () => hands.find('chime', 1)?.worker)).toEqual(['one', 'two', 'one', 'two'])
    expect(hands.find('gong', 20)).toEqual({ worker: 'three', room: 10 })
    expect(hands.find('gong', 1)).toBeUndefined() // until it says so again
    expect(hands.find('drum', 1)).toBeUndefined()
  })

  it('are believed for as long as they are said to be free', async () => {
    let free = true
    offer('one', { room: () => (free ? 10 : 0) })
    await vi.advanceTimersByTimeAsync(60_000)
    expect(hands.find('chime', 1)).toMatchObject({ worker: 'one' })
    free = false
    await vi.advanceTimersByTimeAsync(50)
    expect(hands.find('chime', 1)).toBeUndefined()
    free = true
    await vi.advanceTimersByTimeAsync(50)
    expect(hands.find('chime', 1)).toMatchObject({ worker: 'one' })
  })

  it('are not believed when they say nothing any more', async () => {
    const publish = vi.spyOn(backplane, 'publish')
    offer('one')
    await vi.advanceTimersByTimeAsync(0)
    expect(hands.find('chime', 1)).toMatchObject({ worker: 'one' })
    publish.mockResolvedValue(0)
    await vi.advanceTimersByTimeAsync(2400)
    expect(hands.find('chime', 1)).toMatchObject({ worker: 'one' })
    await vi.advanceTimersByTimeAsync(200)
    expect(hands.find('chime', 1)).toBeUndefined()
  })

  it('are given a parcel, and nothing after they were withdrawn', async () => {
    const { offered, taken } = offer('one')
    await vi.advanceTimersByTimeAsync(0)
    const hand = { worker: 'one', sender: 'chime' }
    expect(await hands.give(hand, parcel)).toBe(true)
    expect(taken).toEqual([]) // whoever pushed hears first that it was accepted
    await vi.advanceTimersByTimeAsync(0)
    expect(taken).toEqual([parcel])
    await offered.withdraw()
    expect(hands.find('chime', 1)).toBeUndefined()
    expect(await hands.give(hand, parcel)).toBe(false)
  })

  it('are all forgotten when nobody knows whether one was given something', async () => {
    offer('one')
    offer('two')
    await vi.advanceTimersByTimeAsync(0)
    vi.spyOn(backplane, 'publish').mockRejectedValueOnce(new Error('away'))
    await expect(hands.give({ worker: 'one', sender: 'chime' }, parcel)).rejects.toThrow('away')
    expect(hands.find('chime', 1)).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1100)
    expect(hands.find('chime', 1)).toBeDefined()
  })

  it('are offered and listened for again where that failed at first', async () => {
    const subscribe = vi.spyOn(backplane, 'subscribe').mockRejectedValue(new Error('away'))
    hands = new FreeHands(async () => backplane, silentLogger)
    offer('one')
    hands.find('chime', 1)
    await vi.advanceTimersByTimeAsync(5000)
    subscribe.mockRestore()
    expect(hands.find('chime', 1)).toBeUndefined()
    await vi.advanceTimersByTimeAsync(1100)
    expect(hands.find('chime', 1)).toMatchObject({ worker: 'one' })
  })
})
