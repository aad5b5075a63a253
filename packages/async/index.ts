export { batch, inBatches } from './batch.ts'

/** Runs work one at a time, in the order of the calls. A failure reaches its own caller only. */
export function serial(): <T>(work: () => T | Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const done = last.then(work)
    last = done.catch(() => {})
    return done
  }
}

/** Calls with an equal key share one run of `work` while it runs. Nothing is kept once it has ended. */
export function singleFlight<T, Key = void>(work: (key: Key) => Promise<T>): (key: Key) => Promise<T> {
  const running = new Map<Key, Promise<T>>()
  return (key) => {
    const run = running.get(key) ?? work(key).finally(() => running.delete(key))
    running.set(key, run)
    return run
  }
}

/**
 * Waits for work for a limited time. The work itself goes on.
 * @param late makes the error of work that has not ended within `milliseconds`
 */
export async function within<T>(milliseconds: number, work: T | Promise<T>, late: () => Error): Promise<T> {
  const { promise: timeout, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(late()), milliseconds)
  try {
    return await Promise.race([work, timeout])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Pauses that double with each failure, from `first` to `longest`, in the unit that these have.
 * @returns the pause after the given number of failures, from 1
 */
export function backoff(first: number, longest: number): (failures: number) => number {
  return (failures) => Math.min(longest, first * 2 ** (failures - 1))
}
