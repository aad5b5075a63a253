import * as z from 'zod'
import { pushStates, reportEvents } from '@carillon/contract'
import { okAnswer } from './answers.ts'

/* The shapes of the answers about what became of pushes, for the documentation. */

const time = z.number().meta({ description: 'Unix seconds, to the millisecond.' })

const examplePush = {
  id: '1',
  name: 'lupino_67f09a03afb55f07fd948aa268f9ae21',
  sender: 'sendmail',
  pusher: 'lupino',
  broadcast: null,
  state: 'dead',
  attempt: 1,
  failures: 1,
  acceptedAt: 1_456_403_493.12,
  dueAt: 1_456_403_493.12,
  finishedAt: 1_456_403_493.85,
  reason: '550 no such mailbox',
  messageId: null,
}

const push = z
  .object({
    id: z.string(),
    name: z.string(),
    sender: z.string(),
    pusher: z.string().meta({ description: 'Empty when the pusher was removed.' }),
    broadcast: z.string().nullable().meta({ description: 'Name of the broadcast to which the push belongs.' }),
    state: z.enum(pushStates),
    attempt: z.number().int().meta({ description: 'How often a worker claimed the push.' }),
    failures: z.number().int().meta({ description: 'Failed attempts since the push was accepted or last replayed.' }),
    acceptedAt: time,
    dueAt: time,
    finishedAt: time.nullable(),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it waits, or why it is dead. Set for every push that waits.' }),
    messageId: z.string().nullable().meta({ description: "The provider's id for the message." }),
  })
  .meta({ id: 'Push', examples: [examplePush] })

const event = z
  .object({
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
  .meta({ id: 'PushEvent' })

export const historyAnswer = z.object({ pushes: z.array(push) })

const pushWithTimeline = push.extend({ timeline: z.array(event) }).meta({
  id: 'PushWithTimeline',
  examples: [
    {
      ...examplePush,
      timeline: [
        { event: 'accepted', time: 1_456_403_493.12, attempt: 0 },
        { event: 'sending', time: 1_456_403_493.13, attempt: 1 },
        { event: 'dead', time: 1_456_403_493.85, attempt: 1, reason: '550 no such mailbox' },
      ],
    },
  ],
})

export const pushAnswer = z.object({ push: pushWithTimeline })

export const replayAnswer = okAnswer.extend({
  replayed: z
    .number()
    .int()
    .meta({ description: 'How many.', examples: [2] }),
  next: z
    .string()
    .nullable()
    .meta({ description: 'The `after` for the next call, or null if there is no more.', examples: [null] }),
})
