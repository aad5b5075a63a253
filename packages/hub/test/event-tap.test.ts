import { memoryBackplane } from '@carillon/backplane'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { EventTap } from '../event-tap.ts'

beforeEach(() => vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] }))
afterEach(() => void vi.useRealTimers())

function started() {
  const backplane = memoryBackplane()
  const publish = vi.spyOn(backplane, 'publish')
  const subscribe = vi.spyOn(backplane, 'subscribe')
  const unsubscribe = vi.spyOn(backplane, 'unsubscribe')
  const heard: string[] = []
  const listener = (member: string, text: string) => void heard.push(`${member}: ${text}`)
  return { backplane, publish, subscribe, unsubscribe, heard, listener, tap: new EventTap(backplane) }
}

it('what is sent while nobody watches is not copied', async () => {
  const { tap, publish, heard, listener } = started()
  tap.copy('news', 'ann', 'lost')
  expect(publish).not.toHaveBeenCalled()
  const stop = await tap.watch('news', listener)
  tap.copy('news', 'ann', 'found')
  tap.copy('other', 'ann', 'lost')
  expect(heard).toEqual(['ann: found'])
  await stop()
  vi.advanceTimersByTime(7000)
  publish.mockClear()
  tap.copy('news', 'ann', 'lost')
  expect(publish).not.toHaveBeenCalled()
})

it('a watch lasts, and processes that start later learn of it', async () => {
  const { tap, backplane, heard, listener } = started()
  const stop = await tap.watch('news', listener)
  const later = new EventTap(backplane)
  later.copy('news', 'ann', 'too early')
  await vi.advanceTimersByTimeAsync(60_000)
  later.copy('news', 'ann', 'found')
  expect(heard).toEqual(['ann: found'])
  await stop()
})

it('subscribes for the first who watches and unsubscribes with the last', async () => {
  const { tap, subscribe, unsubscribe, listener } = started()
  const [announcements] = subscribe.mock.calls
  expect(announcements?.[0]).toBe('watched-groups')
  const stops = [await tap.watch('news', listener), await tap.watch('news', () => {})] as const
  expect(subscribe).toHaveBeenCalledTimes(2)
  await stops[0]()
  await stops[0]()
  expect(unsubscribe).not.toHaveBeenCalled()
  await stops[1]()
  expect(unsubscribe.mock.calls).toEqual([[subscribe.mock.calls[1]![0]]])
  expect(vi.getTimerCount()).toBe(0)
})

it('tries again where Redis was away', async () => {
  const { tap, subscribe, heard, listener } = started()
  subscribe.mockRejectedValueOnce(new Error('away'))
  await expect(tap.watch('news', listener)).rejects.toThrow('away')
  const stop = await tap.watch('news', listener)
  tap.copy('news', 'ann', 'found')
  expect(heard).toEqual(['ann: found'])
  await stop()
})

it('listens for announcements again where that failed at first', async () => {
  const backplane = memoryBackplane()
  vi.spyOn(backplane, 'subscribe').mockRejectedValueOnce(new Error('away'))
  const tap = new EventTap(backplane)
  await new Promise(setImmediate) // until the failure is known
  tap.copy('news', 'ann', 'lost')
  const heard: string[] = []
  const stop = await tap.watch('news', (member) => heard.push(member))
  tap.copy('news', 'ann', 'found')
  expect(heard).toEqual(['ann'])
  await stop()
})
