import type { Logger } from '@carillon/contract'
import { redisFault } from '@carillon/redis/fault'

/** Milliseconds between two lines about the same. */
const QUIET_MS = 10_000

interface Quiet {
  until: number
  unsaid: number
}

/** In an outage every connection and every command complains, many times a second: a line now and then tells of it. */
export function redisTrouble(
  log: Logger,
  now: () => number = performance.now.bind(performance),
): (error: Error) => void {
  const quiet = new Map<string, Quiet>()
  return (error) => {
    const { code, reason } = redisFault(error)
    const { until, unsaid } = quiet.get(code) ?? { until: -Infinity, unsaid: 0 }
    if (now() < until) return void quiet.set(code, { until, unsaid: unsaid + 1 })
    log.warn(
      { code, ...(unsaid > 0 && { unsaid }) },
      reason ? `trouble with Redis: it ${reason}` : 'trouble with Redis',
    )
    quiet.set(code, { until: now() + QUIET_MS, unsaid: 0 })
  }
}
