import { setTimeout as pause } from 'node:timers/promises'
import { singleFlight } from '@carillon/async'
import type { Logger } from '@carillon/contract'
import { answered } from './ready.ts'

const RETRY_MS = 1000

export interface OutageOptions {
  /** Its name in the log. */
  server: string
  /** Rejects while the server cannot be used. */
  ping(): Promise<void>
  log: Logger
  /** Milliseconds between two pings; default 1000. */
  retryMs?: number
}

export interface Outages {
  /** Reports an error after which the server may be unusable. */
  suspect(): void
  /** Reports that a ping has failed, such as that of a readiness probe, so that the outage is known. */
  failed(): void
  close(): void
}

/**
 * Logs once per outage that a server can be used again, whatever the number of its connections. An error alone is no
 * outage: a connection may be lost, or a user may lack a permission, while the server works. So the server is pinged,
 * and an outage lasts from a failed ping to the next that succeeds.
 */
export function watchOutages({ server, ping, log, retryMs = RETRY_MS }: OutageOptions): Outages {
  const closed = new AbortController()
  const { signal } = closed

  const answers = () =>
    answered(ping()).then(
      () => true,
      () => false, // errors are reported where they happen
    )

  let isAway = false
  const watch = singleFlight(async () => {
    const since = performance.now()
    while (!signal.aborted && !(await answers())) {
      isAway = true
      await pause(retryMs, undefined, { signal, ref: false }).catch(() => {}) // rejects when it is closed
    }
    if (!isAway || signal.aborted) return
    isAway = false
    log.info({ seconds: secondsSince(since) }, `${server} can be used again`)
  })

  const failed = () => {
    isAway = true
    void watch()
  }
  return { suspect: () => void watch(), failed, close: () => closed.abort() }
}

/** In tenths. */
function secondsSince(start: number): number {
  return Math.round((performance.now() - start) / 100) / 10
}
