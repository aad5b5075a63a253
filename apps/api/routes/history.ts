import * as z from 'zod'
import {
  CarillonError,
  categoryName,
  emptyIsAbsent,
  identifier,
  pushStates,
  reportEvents,
  senderName,
} from '@carillon/contract'
import { replayedTarget, replayTarget, withAudit } from '@carillon/core'
import { endpoint } from '../endpoint.ts'
import { addressResult, okAnswer, pageSize } from './schemas.ts'

/** Ids are 64 bits wide; none of 19 digits was ever given. */
const pushId = z
  .string('must be text')
  .regex(/^[1-9]\d{0,17}$/, 'must be the id of a push')
  .meta({ examples: ['1'] })

const pushParams = z.object({ id: pushId })

const filter = {
  sender: emptyIsAbsent(senderName),
  pusher: emptyIsAbsent(identifier).meta({ description: 'Id of the pusher.' }),
  broadcast: emptyIsAbsent(
    z
      .string('must be text')
      .max(1000, 'must be at most 1000 characters')
      .refine((name) => !name.includes('\0'), 'must not contain a NUL character'),
  ).meta({
    description: 'Name of a broadcast. Only recipients that needed more than one attempt have pushes of their own.',
  }),
  reason: emptyIsAbsent(
    z
      .string('must be text')
      .max(10_000, 'must be at most 10000 characters')
      .refine((text) => !text.includes('\0'), 'must not contain a NUL character'),
  ).meta({
    description: 'The exact reason.',
  }),
  after: emptyIsAbsent(pushId),
}

const replayFields = z.object({
  ...filter,
  after: filter.after.meta({ description: 'The `next` of the previous answer.' }),
})

/** Any time that Postgres knows too. */
const moment = z.coerce
  .number('must be unix seconds')
  .min(0, 'must be unix seconds')
  .max(100_000_000_000, 'must be unix seconds, not milliseconds')

const historyFields = z.object({
  ...filter,
  state: emptyIsAbsent(z.enum(pushStates, `must be one of ${pushStates.join(', ')}`)),
  reason: filter.reason.meta({
    description:
      'The exact reason, or its beginning and a `*`, such as `deferred*`. Looked for among the newest 10,000 pushes that the other fields select.',
  }),
  category: emptyIsAbsent(categoryName).meta({
    description: 'Looked for among the newest 10,000 pushes that the other fields select.',
  }),
  since: emptyIsAbsent(moment).meta({ description: 'Unix seconds: accepted then or later.' }),
  until: emptyIsAbsent(moment).meta({ description: 'Unix seconds: accepted before.' }),
  after: filter.after.meta({ description: 'Id of the last push of the previous page.' }),
  size: pageSize.meta({ description: 'Number of pushes in the answer, at most 100.' }),
})

const time = z.number().meta({ description: 'Unix seconds, to the millisecond.' })

const examplePush = {
  id: '1',
  name: 'lupino_67f09a03afb55f07fd948aa268f9ae21',
  sender: 'sendmail',
  pusher: 'lupino',
  broadcast: null,
  category: null,
  state: 'dead',
  attempt: 1,
  failures: 1,
  acceptedAt: 1_456_403_493.12,
  dueAt: 1_456_403_493.12,
  finishedAt: 1_456_403_493.85,
  reason: '550 no such mailbox',
  messageId: null,
}

const pushShape = z
  .object({
    id: z.string(),
    name: z.string(),
    sender: z.string(),
    pusher: z.string().meta({ description: 'Empty when the pusher was removed.' }),
    broadcast: z.string().nullable().meta({ description: 'Name of the broadcast to which the push belongs.' }),
    category: z.string().nullable(),
    state: z.enum(pushStates).meta({ description: 'skipped: the pusher has switched off its category.' }),
    attempt: z.number().int().meta({ description: 'How often a worker claimed the push.' }),
    failures: z.number().int().meta({ description: 'Failed attempts since the push was accepted or last replayed.' }),
    acceptedAt: time,
    dueAt: time,
    finishedAt: time.nullable(),
    reason: z
      .string()
      .nullable()
      .meta({ description: 'Why it waits, or why it is dead or was skipped. Set for every push that waits.' }),
    messageId: z.string().nullable().meta({ description: "The provider's id for the message." }),
  })
  .meta({ id: 'Push', examples: [examplePush] })

const event = z
  .object({
    event: z.enum([
      'accepted',
      'scheduled',
      'sending',
      'deferred',
      'later',
      'failed',
      'sent',
      'dead',
      'cancelled',
      'skipped',
      'replayed',
      ...reportEvents,
    ]),
    time,
    attempt: z.number().int(),
    dueAt: time.optional(),
    messageId: z.string().optional(),
    reason: z.string().optional(),
    addresses: z
      .array(addressResult)
      .optional()
      .meta({ description: 'What the attempt did at each address, for senders that send to addresses.' }),
  })
  .meta({ id: 'PushEvent' })

const historyAnswer = z.object({ pushes: z.array(pushShape) })

const pushWithTimeline = pushShape.extend({ timeline: z.array(event) }).meta({
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

const pushAnswer = z.object({ push: pushWithTimeline })

const replayAnswer = okAnswer.extend({
  replayed: z
    .number()
    .int()
    .meta({ description: 'How many.', examples: [2] }),
  next: z
    .string()
    .nullable()
    .meta({ description: 'The `after` for the next call, or null if there is no more.', examples: [null] }),
})

export const listPushes = endpoint({
  guard: 'signed',
  summary: 'List pushes',
  notes: 'With their outcome, newest first.',
  fields: historyFields,
  example: { state: 'dead', size: 10 },
  answer: historyAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields }, { history }) {
    return { pushes: await history.list(app.id, fields) }
  },
})

export const getPush = endpoint({
  guard: 'signed',
  summary: 'Get a push',
  notes: 'With its timeline: every event of the push so far.',
  params: pushParams,
  answer: pushAnswer,
  errors: ['push_not_found', 'invalid_field'],
  async handle({ app, params: { id } }, { history }) {
    const push = await history.find(app.id, id)
    if (!push) throw new CarillonError('push_not_found', `There is no push ${id}.`)
    return { push }
  },
})

export const replayPush = endpoint({
  guard: 'signed',
  summary: 'Replay a dead push',
  notes:
    'The push is sent at once, under the same id, with a full `ttl` and all its retries. Fails while a push of the same name is pending.',
  params: pushParams,
  answer: okAnswer,
  errors: ['push_not_found', 'conflict', 'invalid_field'],
  async handle({ app, actor, params: { id } }, { core, audit }) {
    const action = { app: app.id, action: 'push.replay', target: id }
    await withAudit(audit, actor(), action, () => core.replay(app.id, id))
    return { result: 'OK' }
  },
})

export const replayDead = endpoint({
  guard: 'signed',
  summary: 'Replay many dead pushes',
  notes:
    'Newest first, at most 50,000 in one call. Pushes whose name is pending are skipped. Without any field, replays all dead pushes of the app.',
  fields: replayFields,
  example: { sender: 'sendmail' },
  answer: replayAnswer,
  errors: ['invalid_field'],
  async handle({ app, actor, fields }, { core, history, audit }) {
    const target = await replayTarget({ history }, app.id, fields)
    const targetAfter = ({ replayed }: { replayed: number }) => replayedTarget(target, replayed)
    const action = { app: app.id, action: 'dead.replay', target, targetAfter }
    return { result: 'OK', ...(await withAudit(audit, actor(), action, () => core.replayDead(app.id, fields))) }
  },
})
