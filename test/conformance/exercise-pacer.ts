import type { AddressPacer } from '@carillon/contract'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

/** Unix ms at which every test begins. */
const START = Date.UTC(2026, 0, 1)

/** What every pacer must do, whatever it counts in. `other` is the same pacer in another process. */
export function exercisePacer(
  open: (now: () => number) => Promise<{ pacer: AddressPacer; other: AddressPacer; close(): Promise<void> }>,
): void {
  describe('a pacer', () => {
    let clock = START
    let pacer: AddressPacer
    let other: AddressPacer
    let close: () => Promise<void>
    let used = 0
    beforeAll(async () => {
      ;({ pacer, other, close } = await open(() => clock))
    })
    afterAll(() => close())
    const newKey = () => {
      clock = START
      return `chat ${++used}`
    }

    it('reserves moments that are evenly spaced, whoever asks', async () => {
      const key = newKey()
      const moments: number[] = []
      for (const each of [pacer, other, pacer, other]) moments.push(await each.reserve(key, 1000))
      expect(moments).toEqual([0, START + 1000, START + 2000, START + 3000])
    })

    it('gives no moment twice to those who ask at once', async () => {
      const key = newKey()
      const asked = Array.from({ length: 100 }, (_, index) => (index % 2 ? pacer : other).reserve(key, 10))
      const moments = (await Promise.all(asked)).toSorted((a, b) => a - b)
      expect(moments).toEqual([0, ...Array.from({ length: 99 }, (_, index) => START + 10 * (index + 1))])
    })

    it('spaces out each address by itself', async () => {
      const [key, another] = [newKey(), newKey()]
      expect([await pacer.reserve(key, 1000), await pacer.reserve(another, 1000)]).toEqual([0, 0])
    })

    it('lets a reserved moment be used once it has come, and reserves no other for it', async () => {
      const key = newKey()
      await pacer.reserve(key, 1000)
      const reserved = await pacer.reserve(key, 1000)
      expect(await other.reserve(key, 1000, reserved)).toBe(reserved)
      clock = reserved
      expect(await other.reserve(key, 1000, reserved)).toBe(0)
      clock = reserved + 5000
      expect(await other.reserve(key, 1000, reserved)).toBe(0)
      clock = START
      expect(await pacer.reserve(key, 1000)).toBe(START + 2000)
    })

    it('reserves another moment for one that came too long ago', async () => {
      const key = newKey()
      for (let sends = 0; sends < 10; sends++) await pacer.reserve(key, 1000)
      clock = START + 7001
      expect(await pacer.reserve(key, 1000, START + 2000)).toBe(START + 10_000)
    })

    it('does not let those who waited long send several at once', async () => {
      const key = newKey()
      await pacer.reserve(key, 1000)
      clock = START + 60_000
      expect(await pacer.reserve(key, 1000)).toBe(0)
      expect(await pacer.reserve(key, 1000)).toBe(clock + 1000)
    })

    it('sends nothing to an address that is held, and voids what was reserved within that time', async () => {
      const key = newKey()
      for (let sends = 0; sends < 3; sends++) await pacer.reserve(key, 1000)
      await other.hold(key, 2000)
      expect(await pacer.reserve(key, 1000, START + 1000)).toBe(START + 3000)
      expect(await pacer.reserve(key, 1000, START + 2000)).toBe(START + 2000)
      expect(await pacer.reserve(key, 1000)).toBe(START + 4000)
    })

    it('holds an address that nothing was sent to, and not for a shorter time afterwards', async () => {
      const key = newKey()
      await pacer.hold(key, 60_000)
      await other.hold(key, 1000)
      expect(await pacer.reserve(key, 1000)).toBe(START + 60_000)
      expect(await pacer.reserve(key, 1000, START + 30_000)).toBe(START + 61_000)
    })

    it('takes an interval that is no whole number', async () => {
      const key = newKey()
      await pacer.reserve(key, 1000 / 3)
      expect(await pacer.reserve(key, 1000 / 3)).toBe(START + 334)
    })
  })
}
