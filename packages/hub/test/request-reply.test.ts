import { memoryBackplane } from '@carillon/backplane'
import { expect, it, vi } from 'vitest'
import { RequestReply } from '../request-reply.ts'

/** Longer than a test may take. */
const LONG_MS = 300_000

function started() {
  const backplane = memoryBackplane()
  return { backplane, requests: new RequestReply(backplane, () => {}) }
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
