import type { RateLimiter } from '@carillon/contract'
import { waitFor } from '@carillon/testkit'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** Counted in tenths, the next of which is six minutes away: 5 tokens, and no more while a test runs. */
const SLOW = { count: 50, seconds: 3600 }

/** What every limiter must do, whatever it counts in. `others` are the same limiter in other processes. */
export function exerciseLimiter(
  open: () => Promise<{ limiter: RateLimiter; others: RateLimiter[]; close(): Promise<void> }>,
): void {
  describe('a limiter', () => {
    let limiter: RateLimiter
    let others: RateLimiter[]
    let close: () => Promise<void>
    let used = 0
    beforeAll(async () => {
      ;({ limiter, others, close } = await open())
    })
    afterAll(() => close())
    const newSender = () => `sender-${++used}`
    const tokens = async (sender: string, most: number) => (await limiter.take(sender, SLOW, most)).tokens

    it('grants what is asked, then what is left, then nothing', async () => {
      const sender = newSender()
      expect(await tokens(sender, 3)).toBe(3)
      expect(await tokens(sender, 4)).toBe(2)
      expect(await tokens(sender, 1)).toBe(0)
      expect(await tokens(sender, 100)).toBe(0)
    })

    it('grants a part of more than there ever is', async () => {
      expect(await tokens(newSender(), 100)).toBe(5)
    })

    it('says how long its slice of time lasts', async () => {
      const sender = newSender()
      for (const most of [1, 100, 1]) {
        const { msLeft } = await limiter.take(sender, SLOW, most)
        expect(msLeft).toBeGreaterThan(0)
        expect(msLeft).toBeLessThanOrEqual(360_000)
      }
    })

    it('counts each sender by itself', async () => {
      const [one, other] = [newSender(), newSender()]
      expect([await tokens(one, 5), await tokens(other, 5)]).toEqual([5, 5])
    })

    it('grants one at least, however slow the rate', async () => {
      const sender = newSender()
      const grants = [1, 1].map((most) => limiter.take(sender, { count: 1, seconds: 3600 }, most))
      expect((await Promise.all(grants)).map((grant) => grant.tokens)).toEqual([1, 0])
    })

    it('grants again when the slice is over', async () => {
      const sender = newSender()
      const take = async () => (await limiter.take(sender, { count: 15, seconds: 1 }, 9)).tokens
      expect(await take()).toBe(2)
      expect(await waitFor(take)).toBe(2)
      expect(await waitFor(take)).toBe(2)
    })

    it('grants no token twice to concurrent callers', async () => {
      const sender = newSender()
      const all = [limiter, ...others]
      const grants = Array.from({ length: 90 }, (_, index) =>
        all[index % all.length]!.take(sender, { count: 1000, seconds: 3600 }, 1 + (index % 7)),
      )
      const granted = (await Promise.all(grants)).reduce((sum, grant) => sum + grant.tokens, 0)
      expect(granted).toBe(100)
    })
  })
}
