import type { Outcome } from '@carillon/contract'
import type { Result, Transport } from './transport.ts'

/** Sends at once; a pool of SMTP connections has as many or fewer. */
const AT_ONCE = 10
/** Milliseconds after which no further message is begun, so that all who were can end while the batch still has time. */
const LAST_START_MS = 15_000
/** What a message waits with that was not begun in time: no failure, and nothing for another transport. */
export const NEXT_TURN: Outcome = { later: 1, reason: 'waits for its turn' }

/** Several messages by a transport that takes one at a time. */
export async function oneByOne<Message>(
  transport: Transport<Message>,
  messages: Message[],
  signal: AbortSignal,
): Promise<Result[]> {
  const results: Result[] = messages.map(() => NEXT_TURN)
  const lastStart = performance.now() + LAST_START_MS
  const waiting = messages.entries() // shared, so that each takes the next
  const sendOn = async () => {
    for (const [index, message] of waiting) {
      if (signal.aborted || performance.now() > lastStart) return
      results[index] = await attempt(transport, message, signal)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, messages.length) }, sendOn))
  return results
}

async function attempt<Message>(transport: Transport<Message>, message: Message, signal: AbortSignal): Promise<Result> {
  try {
    return await transport.send(message, signal)
  } catch (error) {
    return error as Error
  }
}
