import { isNotSent, RetryableError, type SenderContext } from '@carillon/contract'
import { type GuardedTransport, guardedTransport, NotTried } from './guarded-transport.ts'
import type { Result, Transport } from './transport.ts'

/** Milliseconds, below the 30 s that a send has, so that the results of a batch are reported and not lost. */
const BATCH_MS = 25_000

/** Transports as if they were one. */
type Failover<Message> = Required<Omit<Transport<Message>, 'name' | 'sendMany'>> & Pick<Transport<Message>, 'sendMany'>

/**
 * Tries transports in their order: the next one only where the message is known not to be out.
 * Each has a breaker of its own; while all are open, messages wait, which is no failed try.
 * @param transports each settles soon after its signal is aborted
 */
export function failover<Message>(
  transports: Transport<Message>[],
  context: Pick<SenderContext, 'log' | 'watchBreaker'>,
): Failover<Message> {
  const guarded = transports.map((transport) => guardedTransport(transport, context))
  return {
    async send(message, signal) {
      const [result] = await sendInOrder(guarded, [message], signal)
      if (result instanceof Error) throw result
      return result
    },
    ...(transports.some(({ sendMany }) => sendMany) && {
      sendMany: (messages: Message[], signal: AbortSignal) =>
        sendInOrder(guarded, messages, AbortSignal.any([signal, AbortSignal.timeout(BATCH_MS)])),
    }),
    async close() {
      await Promise.all(transports.map(async (transport) => transport.close?.()))
    },
  }
}

async function sendInOrder<Message>(
  transports: GuardedTransport<Message>[],
  messages: Message[],
  signal: AbortSignal,
): Promise<Result[]> {
  const attempts = messages.map((message) => ({ message, results: [] as (Result | NotTried)[] }))
  let open = attempts
  for (const transport of transports) {
    const results = await transport.send(
      open.map(({ message }) => message),
      signal,
    )
    for (const [index, attempt] of open.entries()) attempt.results.push(results[index])
    open = open.filter((_, index) => isStillHere(results[index]))
  }
  return attempts.map(({ results }) => summary(results))
}

function isStillHere(result: Result | NotTried): boolean {
  return result instanceof NotTried || isNotSent(result)
}

/** One result out of those of one transport after the other. */
function summary(results: (Result | NotTried)[]): Result {
  const last = results.at(-1)
  if (!(last instanceof NotTried) && !(last instanceof Error)) return last
  const errors = results.filter((result) => result instanceof Error)
  return errors.length > 0 ? together(errors) : waiting(results.filter((result) => result instanceof NotTried))
}

/** One failed try, however many transports it took; only the last can have sent the message. */
function together(errors: Error[]): Error {
  const [first, ...others] = errors
  if (first && others.length === 0) return first
  const pauses = errors.map((error) => (error instanceof RetryableError ? error.after : undefined))
  const wanted = pauses.filter((pause) => pause !== undefined)
  const last = errors.at(-1)
  return new RetryableError(errors.map(({ message }) => message).join('; '), {
    after: wanted.length > 0 ? Math.min(...wanted) : undefined,
    sent: last instanceof RetryableError ? last.sent : undefined,
  })
}

function waiting(notTried: NotTried[]): Result {
  const names = notTried.map(({ what }) => what).join(' and ')
  return { later: Math.min(...notTried.map(({ wait }) => wait)), reason: `waits for ${names} to work again` }
}
