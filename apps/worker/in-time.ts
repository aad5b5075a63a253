import { SetupError } from '@carillon/contract'

/** Longer than any set-up takes; nobody watches a start for more. */
const PATIENCE_MS = 10_000

/** @throws SetupError when a plugin's code does not come to an end. */
export async function inTime<T>(what: string, code: T | Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const sentence = `${what} was not ready within ${PATIENCE_MS / 1000} s: something in it waits for ever.`
  const timer = setTimeout(() => reject(new SetupError(sentence)), PATIENCE_MS)
  try {
    return await Promise.race([code, late])
  } finally {
    clearTimeout(timer)
  }
}
