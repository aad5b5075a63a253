import { singleFlight } from '@carillon/async'
import type { SharedValues } from '@carillon/contract'

/** For a program that runs this sender without sharing values between its workers. */
export function ownValues(): SharedValues {
  const values = new Map<string, { value: string; madeAt: number }>()
  const makers = new Map<string, () => string | Promise<string>>()
  const makeOnce = singleFlight(async (name: string) => {
    const value = await makers.get(name)!()
    values.set(name, { value, madeAt: performance.now() })
    return value
  })
  return {
    async get(name, maxAge, make) {
      const known = values.get(name)
      if (known && performance.now() - known.madeAt < maxAge * 1000) return known.value
      makers.set(name, make)
      return makeOnce(name)
    },
    async drop(name, value) {
      if (values.get(name)?.value === value) values.delete(name)
    },
  }
}
