import { isNotSent, type Logger } from '@carillon/contract'
import { guarded, type Guarded, NotTried } from './guarded.ts'
import { summary } from './summary.ts'
import type { Failover, Result, Transport } from './transport.ts'

/** Milliseconds, below the 30 s that a send has: what a batch has reached by then is told, not lost. */
const BATCH_MS = 25_000

/**
 * Tries transports in their order: the next one only where the message is known not to be out.
 * Each has a breaker of its own; while all are open, messages wait, which is no failed try.
 * @param transports each settles soon after its signal is aborted
 */
export function failover<Message>(transports: Transport<Message>[], log: Logger): Failover<Message> {
  const lines = transports.map((transport) => guarded(transport, log))
  return {
    async send(message, signal) {
      const [result] = await sendInOrder(lines, [message], signal)
      if (result instanceof Error) throw result
      return result
    },
    ...(transports.some(({ sendMany }) => sendMany) && {
      sendMany: (messages: Message[], signal: AbortSignal) =>
        sendInOrder(lines, messages, AbortSignal.any([signal, AbortSignal.timeout(BATCH_MS)])),
    }),
    async close() {
      await Promise.all(transports.map(async (transport) => transport.close?.()))
    },
  }
}

async function sendInOrder<Message>(
  lines: Guarded<Message>[],
  messages: Message[],
  signal: AbortSignal,
): Promise<Result[]> {
  const attempts = messages.map((message) => ({ message, results: [] as (Result | NotTried)[] }))
  let open = attempts
  for (const line of lines) {
    const results = await line.send(
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
