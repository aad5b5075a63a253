import { within } from '@carillon/async'
import { SetupError } from '@carillon/contract'

/** Longer than any set-up takes; nobody watches a start for more. */
const TIMEOUT_MS = 10_000

/** @throws SetupError when a plugin's code does not come to an end. */
export function inTime<T>(what: string, code: T | Promise<T>): Promise<T> {
  const sentence = `${what} was not ready within ${TIMEOUT_MS / 1000} s: something in it waits for ever.`
  return within(TIMEOUT_MS, code, () => new SetupError(sentence))
}
