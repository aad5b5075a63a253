import { RetryableError } from '@carillon/contract'
import { NotTried } from './guarded.ts'
import type { Result } from './transport.ts'

/** What became of a message at one transport after the other. */
export function summary(results: (Result | NotTried)[]): Result {
  const last = results.at(-1)
  if (!(last instanceof NotTried) && !(last instanceof Error)) return last
  const errors = results.filter((result) => result instanceof Error)
  return errors.length > 0 ? together(errors) : waiting(results.filter((result) => result instanceof NotTried))
}

/** One failed try, whatever number of transports it took; only the last can have sent it. */
function together(errors: Error[]): Error {
  const [first, ...others] = errors
  if (first && others.length === 0) return first
  const pauses = errors.map((error) => (error instanceof RetryableError ? error.after : undefined))
  const asked = pauses.filter((pause) => pause !== undefined)
  const last = errors.at(-1)
  return new RetryableError(errors.map(({ message }) => message).join('; '), {
    after: asked.length > 0 ? Math.min(...asked) : undefined,
    sent: last instanceof RetryableError ? last.sent : undefined,
  })
}

function waiting(spared: NotTried[]): Result {
  const names = spared.map(({ what }) => what).join(' and ')
  return { later: Math.min(...spared.map(({ wait }) => wait)), reason: `waits for ${names} to work again` }
}
