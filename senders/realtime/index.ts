import { backoff } from '@carillon/async'
import { defineSender, lenientObject, type ObjectSchema, type SenderDefinition, strictObject } from '@carillon/contract'
import * as z from 'zod'

/** Characters, as Pusher Channels has it. */
const LONGEST_EVENT = 200

const event = z
  .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
  .min(1, 'is required')
  .max(LONGEST_EVENT, `must be at most ${LONGEST_EVENT} characters long`)
  .refine((name) => !/^pusher(?:_internal)?:/.test(name), 'must not begin with pusher: or pusher_internal:')

/** The `data` of a push: the name of an event, and anything that JSON can say. */
function dataSchema(object: ObjectSchema) {
  return object({ event, data: z.unknown().default(null) }, 'must be a JSON object with event and data')
}

/** Milliseconds that connections have to accept it. */
const ACCEPT_TIMEOUT_MS = 5000
/** Seconds. A connection of the pusher ends the pause at once. */
const pauseAfter = backoff(2, 3600)

/** `sendrealtime`: an event to each live connection of the pusher, on every protocol; else it waits for the next one. */
export function realtimeSender(): SenderDefinition {
  return defineSender({
    name: 'sendrealtime',
    options: z.object({}),
    data: dataSchema(strictObject),
    wakesOnConnect: true,
    async create(_, { live }) {
      if (!live) return { missing: 'set REDIS_URL, through which live connections are reached' }
      return {
        // A worker may find what an earlier version accepted.
        data: dataSchema(lenientObject),
        async send({ id, app, pusher, data, attempt }) {
          const accepted = await live.notify(app, pusher.id, { id, ...data }, ACCEPT_TIMEOUT_MS)
          return accepted ? undefined : { later: pauseAfter(attempt), reason: 'nobody is online' }
        },
      }
    },
  })
}

export default realtimeSender()
