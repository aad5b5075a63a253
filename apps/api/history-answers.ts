import * as z from 'zod'
import { pushStates, reportEvents } from '@carillon/contract'
import { okAnswer } from './answers.ts'

/* The shapes of the answers about what became of pushes, for the documentation. */

const time = z.number().meta({ description: 'Unix seconds, to the millisecond.' })

const push = z.object({
  id: z.string(),
  name: z.string(),
  sender: z.string(),
  pusher: z.string().meta({ description: 'Empty when the pusher was removed.' }),
  broadcast: z.string().nullable().meta({ description: 'Name of the broadcast it came out of.' }),
  state: z.enum(pushStates),
  attempt: z.number().int().meta({ description: 'Times a worker took it.' }),
  failures: z.number().int().meta({ description: 'Tries that failed since it was pushed, or replayed last.' }),
  acceptedAt: time,
  dueAt: time,
  finishedAt: time.nullable(),
  reason: z
    .string()
    .nullable()
    .meta({ description: 'Why it waits, or why it is dead. Set for every push that waits.' }),
  messageId: z.string().nullable().meta({ description: 'Under which the provider knows it.' }),
})

const event = z.object({
  event: z.enum([
    'accepted',
    'scheduled',
    'sending',
    'later',
    'failed',
    'sent',
    'dead',
    'cancelled',
    'replayed',
    ...reportEvents,
  ]),
  time,
  attempt: z.number().int(),
  dueAt: time.optional(),
  messageId: z.string().optional(),
  reason: z.string().optional(),
})

export const historyAnswer = z.object({ pushes: z.array(push) })

export const pushAnswer = z.object({ push: push.extend({ timeline: z.array(event) }) })

export const replayAnswer = okAnswer.extend({
  replayed: z.number().int(),
  next: z.string().nullable().meta({ description: 'The `after` to go on with; null when that was all.' }),
})
