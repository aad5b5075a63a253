import { isNotSent, type Logger, RetryableError } from '@carillon/contract'
import { Breaker, type Outage } from './breaker.ts'
import { NEXT_TURN, oneByOne } from './one-by-one.ts'
import type { Result, Transport } from './transport.ts'

/** A message that its transport was spared. */
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
export interface Guarded<Message> {
  /** Index-aligned. Never throws. */
  send(messages: Message[], signal: AbortSignal): Promise<(Result | NotTried)[]>
}

export function guarded<Message>(transport: Transport<Message>, log: Logger): Guarded<Message> {
  const { name } = transport
  const alert = alertOnce(name, log)
  const breaker = new Breaker({
    opened: ({ code }) => log.warn({ transport: name, error: code }, 'a transport is out of order and is left alone'),
    closed: () => log.info({ transport: name }, 'a transport works again'),
  })

  /** Of several messages, the first is the probe. */
  async function send(messages: Message[], signal: AbortSignal): Promise<(Result | NotTried)[]> {
    if (signal.aborted) return messages.map(() => NEXT_TURN)
    const pass = messages.length > 0 ? breaker.enter() : null
    if (!pass) return messages.map(() => new NotTried(`${name} (${breaker.why})`, breaker.wait()))
    const now = pass.isProbe ? messages.slice(0, 1) : messages
    const results = await sendAll(transport, now, signal)
    alert(results)
    for (const outage of outagesIn(results)) breaker.report(pass, outage)
    if (!pass.isProbe) return results
    return [...results.map(spareProbe), ...(await send(messages.slice(1), signal))]
  }

  /** A message that was only to find out whether the transport works again has not failed: an outage burns no tries. */
  function spareProbe(result: Result): Result | NotTried {
    return outageOf(result) && isNotSent(result) ? new NotTried(`${name} (${breaker.why})`, breaker.wait()) : result
  }
  return { send }
}

/** Tells of a refusal that concerns every message, once until a message gets through to the provider again. */
function alertOnce(name: string, log: Logger): (results: Result[]) => void {
  let isTold = false
  return (results) => {
    const refusal = results.find((result) => result instanceof RetryableError && result.needsOperator)
    if (refusal instanceof RetryableError && !isTold)
      log.error(
        { transport: name, error: refusal.outage },
        'a transport refuses all messages until somebody acts: the history of a failed push says why',
      )
    isTold = refusal !== undefined || (isTold && !outagesIn(results).includes(null))
  }
}

async function sendAll<Message>(
  transport: Transport<Message>,
  messages: Message[],
  signal: AbortSignal,
): Promise<Result[]> {
  if (messages.length === 1 || !transport.sendMany) return oneByOne(transport, messages, signal)
  try {
    return await transport.sendMany(messages, signal)
  } catch (error) {
    return messages.map(() => error as Error)
  }
}

/** What a breaker is told: a single null where anything worked, else each outage once, however many messages met it. */
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
