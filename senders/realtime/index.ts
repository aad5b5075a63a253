import { backoff } from '@carillon/async'
import { defineSender, type Push, type SenderDefinition } from '@carillon/contract'
import * as z from 'zod'
import { realtimeData, storedData } from './data.ts'

/** Milliseconds that connections have to accept it. */
const ACCEPT_TIMEOUT_MS = 5000
/** Seconds. A connection of the pusher ends the pause at once. */
const pauseAfter = backoff(2, 3600)

/** `sendrealtime`: an event to each live connection of the pusher, on every protocol; else it waits for the next one. */
export function realtimeSender(): SenderDefinition {
  return defineSender({
    name: 'sendrealtime',
    options: z.object({}),
    data: realtimeData,
    wakesOnConnect: true,
    async create(_, { live }) {
      if (!live) return { missing: 'set REDIS_URL, through which live connections are reached' }
      return {
        data: storedData,
        async send({ id, app, pusher, data, attempt }: Push) {
          const accepted = await live.notify(app, pusher.id, { id, ...storedData.parse(data) }, ACCEPT_TIMEOUT_MS)
          return accepted ? undefined : { later: pauseAfter(attempt), reason: 'nobody is online' }
        },
      }
    },
  })
}

export default realtimeSender()
