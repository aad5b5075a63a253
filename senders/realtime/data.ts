import * as z from 'zod'

/** Characters, as Pusher Channels has it. */
const LONGEST_EVENT = 200

/** The `data` of a push: the name of an event, and anything that JSON can say. */
export const realtimeData = z.object(
  {
    event: z
      .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
      .min(1, 'is required')
      .max(LONGEST_EVENT, `must be at most ${LONGEST_EVENT} characters long`)
      .refine((event) => !/^pusher(?:_internal)?:/.test(event), 'must not begin with pusher: or pusher_internal:'),
    data: z.unknown().default(null),
  },
  'must be a JSON object with event and data',
)
