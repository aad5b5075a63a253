import type { Outcome } from '@carillon/contract'

/** A way to get messages out; a sender may have several of them. */
export interface Transport<Message> {
  /** In the log, and in the reason why a push waits. */
  name: string
  /** @throws RetryableError, which says whether the message is out and whether the transport is in trouble */
  send(message: Message, signal: AbortSignal): Promise<Outcome>
  /** Several in fewer calls. The results are index-aligned with the messages; a failed try is an error as a value. */
  sendMany?(messages: Message[], signal: AbortSignal): Promise<Result[]>
  close?(): Promise<void>
}

export type Result = Outcome | Error

/** Sends at once; a pool of SMTP connections has as many or fewer. */
const AT_ONCE = 10
/** Milliseconds after which no further send is started, so that those that were can end while the batch still has time. */
const LAST_START_MS = 15_000
/** The outcome of a message that was not started in time. It is no failure, and no reason to try another transport. */
export const NEXT_TURN: Outcome = { later: 1, reason: 'waits for its turn' }

/** Sends several messages, one at a time where the transport knows no other way. Never throws. */
export async function sendAll<Message>(
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

async function oneByOne<Message>(
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
