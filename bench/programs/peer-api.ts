import { randomBytes } from 'node:crypto'
import { answering, given } from '../answering.ts'
import { servePushRoute } from '../baselines/push-route.ts'
import { type Message, openPeer, type PeerName } from '../peers/queue.ts'
import { PUSHERS } from '../push-requests.ts'
import { now } from '../tally.ts'

/* The route of a push, and what else accepts messages, before the queue of a peer. */

const queue = await openPeer(process.env.PEER as PeerName, given)
const port = await servePushRoute((message) => queue.add(message))

answering(
  {
    port: () => port,
    /** @returns under which name the worker will be called, and when the message was stored, in ms since 1970 */
    async push() {
      const message = messageOf(newBatch(), 0)
      await queue.add(message)
      return { name: message.name, at: now() }
    },
    async addMany({ count, atOnce }: { count: number; atOnce: number }) {
      const batch = newBatch()
      for (let from = 0; from < count; from += atOnce) {
        await queue.addMany(Array.from({ length: atOnce }, (_, n) => messageOf(batch, from + n)))
      }
    },
  },
  () => queue.close(),
)

/** Short, as Redis keeps it with each message. */
function newBatch(): string {
  return randomBytes(6).toString('base64url')
}

function messageOf(batch: string, n: number): Message {
  return { name: `${batch} ${n}`, pusher: `p${(n % PUSHERS) + 1}`, data: String(n) }
}
