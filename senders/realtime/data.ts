import { lenientObject, type ObjectSchema, strictObject } from '@carillon/contract'
import * as z from 'zod'

/** Characters, as Pusher Channels has it. */
const LONGEST_EVENT = 200

const event = z
  .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
  .min(1, 'is required')
  .max(LONGEST_EVENT, `must be at most ${LONGEST_EVENT} characters long`)
  .refine((name) => !/^pusher(?:_internal)?:/.test(name), 'must not begin with pusher: or pusher_internal:')

/** The `data` of a push: the name of an event, and anything that JSON can say. */
export const realtimeData = dataSchema(strictObject)

/** The same for a worker, which may find what an earlier version accepted. */
export const storedData = dataSchema(lenientObject)

function dataSchema(object: ObjectSchema) {
  return object({ event, data: z.unknown().default(null) }, 'must be a JSON object with event and data')
}
