import { memoryBackplane } from '@carillon/backplane'
import { messageFormat } from '@carillon/contract'
import { expect, it, onTestFinished, vi } from 'vitest'
import * as z from 'zod'
import { RequestReply } from '../request-reply.ts'

/** Longer than a test may take. */
const LONG_MS = 300_000

function started() {
  const backplane = memoryBackplane()
  const faults: unknown[] = []
  return { backplane, faults, requests: new RequestReply(backplane, (error) => faults.push(error)) }
}

it('waits no longer once all who respond have replied', async () => {
  const { requests } = started()
  expect(await requests.request('topic', 'q', { within: LONG_MS })).toEqual([])
  await requests.respond('topic', async (question) => `${question}!`)
  expect(await requests.request('topic', 'q', { within: LONG_MS })).toEqual(['q!'])
})

it('listens for replies again where that failed at first', async () => {
  const { backplane, requests } = started()
  await requests.respond('topic', async () => 'reply')
  vi.spyOn(backplane, 'subscribe').mockRejectedValueOnce(new Error('away'))
  await expect(requests.request('topic', 'q', { within: LONG_MS })).rejects.toThrow('away')
  expect(await requests.request('topic', 'q', { within: LONG_MS })).toEqual(['reply'])
})

it('waits no longer once it has enough, though more would reply', async () => {
  const { backplane, requests } = started()
  await requests.respond('topic', async () => 'yes')
  const { publish } = backplane
  vi.spyOn(backplane, 'publish').mockImplementation(async (...message) => (await publish(...message)) + 5)
  const enough = (replies: readonly string[]) => replies.includes('yes')
  expect(await requests.request('topic', 'q', { within: LONG_MS, enough })).toEqual(['yes'])
})

it('returns what arrived in time, and keeps nothing of a request that is over', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { requests } = started()
  const late = Promise.withResolvers<string>()
  await requests.respond('topic', () => late.promise)
  let replies: string[] | undefined
  void requests.request('topic', 'q', { within: 50 }).then((some) => (replies = some))
  await vi.advanceTimersByTimeAsync(49)
  expect(replies).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  late.resolve('late')
  await vi.advanceTimersByTimeAsync(0)
  expect(replies).toEqual([])
})

it('reports a question that cannot be read, and sends no reply', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const { faults, requests } = started()
  await requests.respond('topic', (question) => messageFormat('test', z.object({})).read(question) && 'reply')
  const replies = requests.request('topic', 'no JSON', { within: 50 })
  await vi.advanceTimersByTimeAsync(50)
  expect(await replies).toEqual([])
  expect(faults).toMatchObject([{ code: 'unreadable_message', kind: 'test' }])
})
