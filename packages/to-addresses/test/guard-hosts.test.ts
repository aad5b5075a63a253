import type { OpenBreaker } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import { expect, it } from 'vitest'
import { type CallResult, guardHosts } from '../index.ts'

const up = async (): Promise<CallResult> => ({ sent: true })
const down = async (): Promise<CallResult> => ({ retry: 'HTTP 503', outage: 'HTTP 503', sent: 'no' })

function guarding() {
  const reads = new Set<() => OpenBreaker | null>()
  const watchBreaker = (read: () => OpenBreaker | null) => (reads.add(read), () => void reads.delete(read))
  const guard = guardHosts((host) => `Chat at ${host}`, { log: silentLogger, watchBreaker })
  const shown = () => [...reads].flatMap((read) => read()?.transport ?? [])
  return { guard, shown, reads }
}

async function breakDown(guard: ReturnType<typeof guardHosts>, host: string) {
  for (let outage = 0; outage < 5; outage++) await guard(host, down)
}

it('lets addresses at a host that is out of order wait, holds up no other, and shows it to operators', async () => {
  const { guard, shown } = guarding()
  await breakDown(guard, 'broken.example.com')
  expect(await guard('broken.example.com', up)).toMatchObject({
    wait: expect.stringMatching(/^Chat at broken\.example\.com is not called for now/),
  })
  expect(await guard('example.com', up)).toEqual({ sent: true })
  expect(shown()).toEqual(['Chat at broken.example.com'])
})

it('shows a host no longer once 1,000 others were called', async () => {
  const { guard, shown, reads } = guarding()
  await breakDown(guard, 'broken.example.com')
  for (let other = 0; other < 1000; other++) await guard(`${other}.example.com`, up)
  expect([reads.size, shown()]).toEqual([1000, []])
})

it('needs nobody who watches', async () => {
  const guard = guardHosts((host) => host, { log: silentLogger })
  expect(await guard('example.com', up)).toEqual({ sent: true })
})
