import type { Logger, SenderContext } from '@carillon/contract'
import { Breaker } from '@carillon/outgoing'
import type { CallResult } from './call-result.ts'

/**
 * Keeps calls from a provider that is out of order: after some outages in a row, addresses wait, which is no failed attempt,
 * until one call finds that it works again. What only the operator can mend is logged, once until a call succeeds.
 * @param name of the provider, for the log and the history
 */
export function guardCalls(
  name: string,
  { log, watchBreaker }: Pick<SenderContext, 'log' | 'watchBreaker'>,
): (call: () => Promise<CallResult>) => Promise<CallResult> {
  const alert = alertOnce(name, log)
  const breaker = new Breaker({
    opened: ({ code }) => log.warn({ provider: name, error: code }, 'a provider fails and is not called for now'),
    closed: () => log.info({ provider: name }, 'a provider works again'),
  })
  watchBreaker?.(() => breaker.open && { transport: name, ...breaker.open })
  const waits = (): CallResult => {
    const seconds = breaker.wait()
    return {
      wait: `${name} is not called for now (${breaker.open?.outage}): this waits until ${timeIn(seconds)}`,
      seconds,
    }
  }

  return async (call) => {
    const pass = breaker.enter()
    if (!pass) return waits()
    const result = await call()
    alert(result)
    const outage = outageOf(result)
    breaker.report(pass, outage)
    // A call that only probed the provider has not failed.
    return pass.isProbe && outage && 'retry' in result && result.sent === 'no' ? waits() : result
  }
}

/** UTC, without milliseconds. */
function timeIn(seconds: number): string {
  return new Date(Date.now() + seconds * 1000).toISOString().replace(/\.\d+/, '')
}

function outageOf(result: CallResult): { code: string; after: number | undefined } | null {
  if (!('retry' in result) || result.outage === undefined) return null
  return { code: result.outage, after: result.after }
}

function alertOnce(name: string, log: Logger): (result: CallResult) => void {
  let isLogged = false
  return (result) => {
    if ('sent' in result && result.sent === true) isLogged = false
    if (!('needsOperator' in result) || !result.needsOperator || isLogged) return
    isLogged = true
    const reason = 'retry' in result ? result.retry : result.disable
    log.error({ provider: name, reason }, 'a provider refuses messages until an operator corrects the cause')
  }
}
