import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { silentLogger } from '@carillon/testkit'
import { Leases } from '../claim/leases.ts'

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] }))
afterEach(() => void vi.useRealTimers())

describe('the lease of a push', () => {
  it('lets no send begin when it has nearly expired, even if it was not reported as lost', () => {
    const renew = () => new Promise<never>(() => {}) // as a database that is frozen
    const leases = new Leases({ seconds: 10, renew, log: silentLogger })
    leases.hold({ id: '1', attempt: 1 }, performance.now())
    vi.advanceTimersByTime(5900)
    expect(leases.isSafe('1')).toBe(true)
    vi.advanceTimersByTime(200)
    expect(leases.isSafe('1')).toBe(false)
    leases.close()
  })

  it('counts from before it was acquired or renewed', async () => {
    const leases = new Leases({ seconds: 9, renew: async () => ['1'], log: silentLogger })
    leases.hold({ id: '1', attempt: 1 }, performance.now() - 5000)
    expect(leases.isSafe('1')).toBe(true)
    await vi.advanceTimersByTimeAsync(3000)
    expect(leases.isSafe('1')).toBe(true)
    leases.close()
  })

  it('counts from when its renewal was asked for, not from the answer', async () => {
    const answers: ((ids: string[]) => void)[] = []
    const renew = () => new Promise<string[]>((answer) => void answers.push(answer))
    const leases = new Leases({ seconds: 9, renew, log: silentLogger })
    leases.hold({ id: '1', attempt: 1 }, performance.now())
    await vi.advanceTimersByTimeAsync(5000)
    answers[0]!(['1']) // asked for after 3 s
    await vi.advanceTimersByTimeAsync(3300)
    expect(leases.isSafe('1')).toBe(true)
    await vi.advanceTimersByTimeAsync(200)
    expect(leases.isSafe('1')).toBe(false)
    leases.close()
  })

  it('is over once another worker has the push', async () => {
    const leases = new Leases({ seconds: 9, renew: async () => ['2'], log: silentLogger })
    for (const id of ['1', '2']) leases.hold({ id, attempt: 1 }, performance.now())
    await vi.advanceTimersByTimeAsync(3000)
    expect([leases.isSafe('1'), leases.isSafe('2')]).toEqual([false, true])
    leases.close()
  })
})
