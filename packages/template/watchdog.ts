import { Script, createContext } from 'node:vm'

/** The work took too long. */
export class TimeUp extends Error {}

/**
 * Runs synchronous work, for at most the watchdog's time.
 * @throws TimeUp, and what the work throws
 */
export type Watchdog = <T>(work: () => T) => T

/**
 * liquidjs looks at the clock between tags only, and one tag can hold hours of comparisons: this
 * ends even those. Each call starts a thread, which costs about 0.3 ms.
 * @param time milliseconds
 */
export function createWatchdog(time: number): Watchdog {
  let current: (() => void) | undefined
  const context = createContext({ run: () => current?.() })
  const script = new Script('run()')
  return <T>(work: () => T): T => {
    let result: { value: T } | undefined
    current = () => (result = { value: work() })
    try {
      script.runInContext(context, { timeout: time })
    } catch (error) {
      throw isTimeout(error) ? new TimeUp() : error
    } finally {
      current = undefined
    }
    if (!result) throw new TimeUp()
    return result.value
  }
}

/** It may come from the other context, where it is no Error of ours. */
function isTimeout(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
}
