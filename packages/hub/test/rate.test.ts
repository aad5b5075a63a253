import { expect, it } from 'vitest'
import { Rate } from '../client-limits.ts'

it('allows so many a second, and as many again in the next', () => {
  const rate = new Rate(2)
  const allowed = [0, 1, 999, 1000, 1001, 1002].map((now) => rate.take(now))
  expect(allowed).toEqual([true, true, false, true, true, false])
})
