import { memoryCluster } from '@carillon/backplane'
import { createHub } from '@carillon/hub'
import { silentLogger } from '@carillon/testkit'
import { expect, it, onTestFinished, vi } from 'vitest'
import { RESYNC_DELAY_MS } from '../presence.ts'

function started() {
  const cluster = memoryCluster()
  onTestFinished(() => cluster.close())
  return { cluster, hub: createHub({ cluster, log: silentLogger }) }
}

it('an app has no more connections than it may have, and one that is refused is not counted', async () => {
  const { connections } = started().hub
  const closes = [vi.fn<() => void>(), vi.fn<() => void>(), vi.fn<() => void>()] as const
  const leave = await connections.connect(1, 2, closes[0])
  expect(await connections.connect(1, 2, closes[1])).not.toBeNull()
  expect(await connections.connect(1, 2, closes[2])).toBeNull()
  expect(await connections.count(1)).toBe(2)
  await leave!()
  expect(await connections.count(1)).toBe(1)
  await connections.closeAll(1, 'disabled')
  expect(closes.map(({ mock }) => mock.calls)).toEqual([[], [['disabled']], []])
})

it('whoever watches a user hears after a break whether the user is there', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { cluster, hub } = started()
  const subscribe = vi.spyOn(cluster.backplane, 'subscribe')
  const heard: boolean[] = []
  await hub.watches.watch(1, 'ann', (here) => void heard.push(here))
  const [, , gap] = subscribe.mock.calls[0]!
  gap!()
  await vi.advanceTimersByTimeAsync(RESYNC_DELAY_MS)
  expect(heard).toEqual([false])
})
