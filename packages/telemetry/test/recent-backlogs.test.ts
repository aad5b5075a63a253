import { recentBacklogs } from '@carillon/telemetry'
import type { SenderBacklog } from '@carillon/contract'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const backlog: SenderBacklog = { name: 'bell', workers: 1, waiting: 2, scheduled: 0, sending: 0, oldestDueAge: 3 }

type Read = () => Promise<SenderBacklog[]>

/** A database that takes a while. */
function database(seconds: number) {
  return vi.fn<Read>(async () => {
    await vi.advanceTimersByTimeAsync(seconds * 1000)
    return [backlog]
  })
}

it('asks the database once for all who ask within a second', async () => {
  const read = database(0)
  const backlogs = recentBacklogs(read)
  expect(await Promise.all([backlogs(), backlogs()])).toEqual([[backlog], [backlog]])
  await vi.advanceTimersByTimeAsync(900)
  await backlogs()
  expect(read).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(200)
  await backlogs()
  expect(read).toHaveBeenCalledTimes(2)
})

it('rests ten times as long as the answer took', async () => {
  const read = database(2)
  const backlogs = recentBacklogs(read)
  await backlogs()
  await vi.advanceTimersByTimeAsync(19_000)
  await backlogs()
  expect(read).toHaveBeenCalledTimes(1)
  await vi.advanceTimersByTimeAsync(2000)
  await backlogs()
  expect(read).toHaveBeenCalledTimes(2)
})

it('answers null while the database is away, and asks again', async () => {
  const read = vi.fn<Read>(async () => [backlog]).mockRejectedValueOnce(new Error('away'))
  const backlogs = recentBacklogs(read)
  expect(await backlogs()).toBeNull()
  await vi.advanceTimersByTimeAsync(1100)
  expect(await backlogs()).toEqual([backlog])
})
