import { errorCode, type Logger } from '@carillon/contract'

/** Milliseconds between two lines. */
const QUIET_MS = 10_000

/** In an outage every connection and every command complains, many times a second: a line now and then tells of it. */
export function redisTrouble(
  log: Logger,
  now: () => number = performance.now.bind(performance),
): (error: Error) => void {
  let quietUntil = -Infinity
  let unsaid = 0
  return (error) => {
    if (now() < quietUntil) return void unsaid++
    log.warn({ code: errorCode(error), ...(unsaid > 0 && { unsaid }) }, 'trouble with Redis')
    quietUntil = now() + QUIET_MS
    unsaid = 0
  }
}
