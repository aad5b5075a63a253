import { setTimeout as pause } from 'node:timers/promises'

interface WaitOptions {
  /** Milliseconds; default 5000. */
  timeout?: number
  /** What is awaited, for the error; by default the condition's source. */
  what?: string
}

type Truthy<T> = Exclude<T, false | 0 | '' | null | undefined | void>

const PAUSE_MS = 10

/**
 * Asks until the answer is truthy, and returns it. A condition that throws is asked again.
 * @throws Error saying what was awaited, with the condition's last error as its cause.
 */
export async function waitFor<T>(condition: () => T | Promise<T>, options: WaitOptions = {}): Promise<Truthy<T>> {
  const { timeout = 5000, what = String(condition) } = options
  const end = performance.now() + timeout
  let cause: unknown
  do {
    try {
      const answer = await condition()
      if (answer) return answer as Truthy<T>
      cause = undefined
    } catch (error) {
      cause = error
    }
    await pause(PAUSE_MS)
  } while (performance.now() < end)
  throw new Error(`Waited ${timeout} ms in vain for: ${what}`, { cause })
}
