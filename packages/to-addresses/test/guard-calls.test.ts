import type { Logger, OpenBreaker } from '@carillon/contract'
import { silentLogger } from '@carillon/testkit'
import { expect, it, vi } from 'vitest'
import { type CallResult, guardCalls } from '../index.ts'

function logged() {
  const lines: string[] = []
  const log: Logger = {
    ...silentLogger,
    warn: (_, message) => void lines.push(`warn ${message}`),
    info: (_, message) => void lines.push(`info ${message}`),
    error: (fields, message) => void lines.push(`error ${message} ${JSON.stringify(fields)}`),
  }
  return { log, lines }
}

const down: CallResult = { retry: 'HTTP 503', outage: 'HTTP 503', sent: 'no' }
const up: CallResult = { sent: true }

it('lets addresses wait while a provider is out of order, and goes on when it works', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    const { log, lines } = logged()
    let readBreaker = (): OpenBreaker | null => null
    const guard = guardCalls('FCM', { log, watchBreaker: (read) => ((readBreaker = read), () => {}) })
    let calls = 0
    const answer = (result: CallResult) => guard(async () => (calls++, result))
    for (let outage = 0; outage < 5; outage++) expect(await answer(down)).toEqual(down)
    expect(await answer(up)).toMatchObject({
      wait: expect.stringMatching(
        /^FCM is not called for now \(HTTP 503\): this waits until 20\d\d-\d\d-\d\dT[\d:]{8}Z$/,
      ) as string,
    })
    expect(readBreaker()).toMatchObject({ transport: 'FCM', outage: 'HTTP 503' })
    vi.advanceTimersByTime(11_000)
    expect(await answer(down), 'a probe has not failed').toHaveProperty('wait')
    expect(calls).toBe(6)
    vi.advanceTimersByTime(60_000)
    expect(await answer(up)).toEqual(up)
    expect(await answer(up)).toEqual(up)
    expect(readBreaker()).toBeNull()
    expect(lines).toEqual(['warn a provider fails and is not called for now', 'info a provider works again'])
  } finally {
    vi.useRealTimers()
  }
})

it('does not count what is wrong with an address', async () => {
  const guard = guardCalls('FCM', { log: silentLogger })
  for (let time = 0; time < 10; time++) expect(await guard(async () => ({ retry: 'x' }))).toEqual({ retry: 'x' })
})

it('tells the operator once, and again after a call that succeeded', async () => {
  const { log, lines } = logged()
  const guard = guardCalls('FCM', { log })
  const refused: CallResult = { disable: 'FCM answered 403', needsOperator: true }
  for (const result of [refused, refused, up, refused]) await guard(async () => result)
  expect(lines).toHaveLength(2)
  expect(lines[0]).toContain('{"provider":"FCM","reason":"FCM answered 403"}')
})
