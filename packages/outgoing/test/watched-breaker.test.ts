import { type OpenBreaker, RetryableError } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import { expect, it, vi } from 'vitest'
import { failover, type Transport } from '../index.ts'

it('tells which transport is not used, since when, why, and until when', async () => {
  vi.useFakeTimers({ toFake: ['performance', 'Date'], now: 1_000_000 })
  try {
    const reads: (() => OpenBreaker | null)[] = []
    const broken: Transport<string> = {
      name: 'SMTP',
      send: () => Promise.reject(new RetryableError('no', { sent: 'no', outage: 'ECONNREFUSED' })),
    }
    const working: Transport<string> = { name: 'SendGrid', send: async () => undefined }
    const context = {
      log: silentLogger,
      watchBreaker: (read: () => OpenBreaker | null) => (reads.push(read), () => {}),
    }
    const transport = failover([broken, working], context)
    expect(reads.map((read) => read())).toEqual([null, null])
    for (let time = 0; time < 5; time++) await transport.send('hello', new AbortController().signal)
    expect(reads.map((read) => read())).toEqual([
      { transport: 'SMTP', outage: 'ECONNREFUSED', openSince: 1000, nextProbe: expect.closeTo(1010, 0) },
      null,
    ])
    broken.send = async () => undefined
    vi.advanceTimersByTime(20_000)
    await transport.send('hello', new AbortController().signal)
    expect(reads[0]!()).toBeNull()
  } finally {
    vi.useRealTimers()
  }
})
