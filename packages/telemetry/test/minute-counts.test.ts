import type { MinuteCount, ObservedOutcome } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { countMinutes } from '../index.ts'

const MINUTE = 1_000_020
const push = { push: '1', app: 1, sender: 'chime' }

beforeEach(() => void vi.useFakeTimers({ now: MINUTE * 1000 + 30_000 }))
afterEach(() => void vi.useRealTimers())

function start(answer: () => Promise<void> = async () => {}) {
  const written: MinuteCount[][] = []
  const write = (counts: MinuteCount[]) => {
    written.push(counts.map((count) => ({ ...count })))
    return answer()
  }
  const { observer, close } = countMinutes({ write, log: silentLogger })
  return {
    written,
    observer,
    close,
    tried: (outcome: ObservedOutcome) => observer.tried({ ...push, attempt: 1, outcome }),
  }
}

it('adds up what happened in a minute, and writes it at once', async () => {
  const { observer, tried, written } = start()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(written, 'nothing happened').toEqual([])
  for (let time = 0; time < 1000; time++) tried('sent')
  observer.accepted(push)
  observer.accepted({ ...push, app: 2 })
  for (const outcome of ['dead', 'returned', 'lost'] as const) tried(outcome)
  await vi.advanceTimersByTimeAsync(5000)
  const common = { app: 1, sender: 'chime', minute: MINUTE }
  expect(written).toEqual([
    [
      { ...common, outcome: 'sent', count: 1000 },
      { ...common, outcome: 'accepted', count: 1 },
      { ...common, outcome: 'accepted', count: 1, app: 2 },
      { ...common, outcome: 'dead', count: 1 },
    ],
  ])
})

it('writes what could not be written with the next counts, in its own minute', async () => {
  const answer = vi.fn<() => Promise<void>>().mockRejectedValueOnce(new Error('away')).mockResolvedValue()
  const { tried, written, close } = start(answer)
  tried('sent')
  await vi.advanceTimersByTimeAsync(5000)
  vi.setSystemTime((MINUTE + 60) * 1000)
  tried('sent')
  await close()
  expect(written.at(-1)).toMatchObject([
    { minute: MINUTE, count: 1 },
    { minute: MINUTE + 60, count: 1 },
  ])
})

it('does not wait for a database that does not answer', async () => {
  const { tried, close } = start(() => new Promise(() => {}))
  tried('sent')
  const closed = close()
  await vi.advanceTimersByTimeAsync(2000)
  await closed
})

it('counts senders beyond 5000 together', async () => {
  const { observer, written, close } = start()
  for (let index = 0; index < 5010; index++) observer.accepted({ ...push, sender: `s${index}` })
  await close()
  expect(written[0]).toHaveLength(5001)
  expect(written[0]!.at(-1)).toMatchObject({ sender: '(other)', count: 10 })
})
