import { errorCode, type RoomMessage } from '@carillon/contract'
import { isName, LONGEST_ROOM } from '../limits.ts'
import type { SnapperParts } from '../parts.ts'

/** Messages that go to the queues in one step: clients send 51 at most, a frame may hold 100,000. */
const AT_ONCE = 500

/**
 * Queues messages for the members of their rooms, and tells those that are connected.
 * @param pairs room and message each; what is no such pair is skipped
 * @returns how many pairs were understood
 */
export async function publish(parts: SnapperParts, app: number, pairs: readonly unknown[]): Promise<number> {
  const understood = pairs.filter(isPair)
  // Nobody can be in a room of another name.
  const messages = understood.filter(([room]) => isName(room, LONGEST_ROOM)).map(roomMessage)
  for (let from = 0; from < messages.length; from += AT_ONCE)
    await queue(parts, app, messages.slice(from, from + AT_ONCE))
  return understood.length
}

async function queue(parts: SnapperParts, app: number, messages: RoomMessage[]): Promise<void> {
  const { reached, dropped } = await parts.queues.publish(app, messages)
  if (dropped > 0) parts.onDropped?.(dropped)
  if (reached.length > 0) await wake(parts, app, reached)
}

/** What is queued is kept: to fail now would have it sent once more. Who missed this looks by itself after a while. */
async function wake({ live, log }: SnapperParts, app: number, ids: string[]): Promise<void> {
  await live.wake(app, ids).catch((error: unknown) => {
    log.warn({ code: errorCode(error) }, 'consumers of Snapper could not be woken')
  })
}

function isPair(pair: unknown): pair is [room: string, message: string] {
  return (
    Array.isArray(pair) && pair.length >= 2 && pair.slice(0, 2).every((one) => typeof one === 'string' && one !== '')
  )
}

/** As JSON, which holds any text, and goes to the consumer as it is. */
function roomMessage([room, message]: [string, string]): RoomMessage {
  return { room, message: JSON.stringify(message) }
}
