import { isNotSent, type Logger, RetryableError, type SenderContext } from '@carillon/contract'
import { Breaker, type Outage } from './breaker.ts'
import { NEXT_TURN, type Result, sendAll, type Transport } from './transport.ts'

/** The result of a message that its transport's breaker held back. */
export class NotTried {
  /** The transport and what is wrong with it. */
  readonly what: string
  /** Seconds. */
  readonly wait: number
  constructor(what: string, wait: number) {
    this.what = what
    this.wait = wait
  }
}

/** A transport behind its breaker. */
export interface GuardedTransport<Message> {
  /** Index-aligned. Never throws. */
  send(messages: Message[], signal: AbortSignal): Promise<(Result | NotTried)[]>
}

export function guardedTransport<Message>(
  transport: Transport<Message>,
  { log, watchBreaker }: Pick<SenderContext, 'log' | 'watchBreaker'>,
): GuardedTransport<Message> {
  const { name } = transport
  const alert = alertOnce(name, log)
  const breaker = new Breaker({
    opened: ({ code }) => log.warn({ transport: name, error: code }, 'a transport fails and is not used for now'),
    closed: () => log.info({ transport: name }, 'a transport works again'),
  })
  watchBreaker?.(() => breaker.open && { transport: name, ...breaker.open })

  /** Of several messages, the first is the probe. */
  async function send(messages: Message[], signal: AbortSignal): Promise<(Result | NotTried)[]> {
    if (signal.aborted) return messages.map(() => NEXT_TURN)
    const pass = messages.length > 0 ? breaker.enter() : null
    if (!pass) return messages.map(notTried)
    const now = pass.isProbe ? messages.slice(0, 1) : messages
    const results = await sendAll(transport, now, signal)
    alert(results)
    for (const outage of outagesIn(results)) breaker.report(pass, outage)
    if (!pass.isProbe) return results
    return [...results.map(spareProbe), ...(await send(messages.slice(1), signal))]
  }

  /** A message that only probed whether the transport works again has not failed: an outage uses up no tries. */
  function spareProbe(result: Result): Result | NotTried {
    return outageOf(result) && isNotSent(result) ? notTried() : result
  }

  function notTried(): NotTried {
    return new NotTried(`${name} (${breaker.open?.outage})`, breaker.wait())
  }

  return { send }
}

/** Logs a refusal that concerns every message, once until a message gets through to the provider again. */
function alertOnce(name: string, log: Logger): (results: Result[]) => void {
  let isLogged = false
  return (results) => {
    const refusal = results.find((result) => result instanceof RetryableError && result.needsOperator)
    if (refusal instanceof RetryableError && !isLogged)
      log.error(
        { transport: name, error: refusal.outage },
        'a transport refuses all messages until an operator corrects the cause; the history of a failed push shows it',
      )
    isLogged = refusal !== undefined || (isLogged && !outagesIn(results).includes(null))
  }
}

/** What is reported to a breaker: a single null where anything worked, else each outage once. */
function outagesIn(results: Result[]): (Outage | null)[] {
  const tried = new Set(results.filter((result) => !isLater(result)))
  const outages = [...tried].map(outageOf)
  return outages.includes(null) ? [null] : outages
}

function isLater(result: Result): boolean {
  return typeof result === 'object' && 'later' in result
}

function outageOf(result: Result): Outage | null {
  if (!(result instanceof RetryableError) || result.outage === undefined) return null
  return { code: result.outage, after: result.after }
}
