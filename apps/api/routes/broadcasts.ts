import * as z from 'zod'
import {
  broadcastStates,
  CarillonError,
  contentOf,
  emptyIsAbsent,
  identifier,
  pushAllBody,
  recipientOutcomes,
  reportEvents,
} from '@carillon/contract'
import { withAudit } from '@carillon/core'
import { endpoint } from '../endpoint.ts'
import { addressResult, hintedAnswer, okAnswer, senderHint, pageSize, senderParams } from './schemas.ts'

const broadcastParams = z.object({
  name: identifier.meta({
    description: 'Name of the broadcast, from the answer of pushall.',
    examples: ['sendmail_f4afc72d2364ca2ca0f3cad0d34af597'],
  }),
})

/** Postgres ids of broadcasts are 63 bits wide. */
const broadcastListFields = z.object({
  after: z
    .preprocess(
      (value) => (value === '' ? undefined : value),
      z
        .string()
        .regex(/^\d{1,18}$/, 'must be an id')
        .optional(),
    )
    .meta({ description: 'Id of the last broadcast of the previous page.' }),
})

const recipientFields = z.object({
  pusher: emptyIsAbsent(identifier).meta({ description: 'Only this pusher.' }),
  after: emptyIsAbsent(identifier).meta({ description: 'Id of the last pusher of the previous page.' }),
  outcome: emptyIsAbsent(z.enum(recipientOutcomes, `must be one of ${recipientOutcomes.join(', ')}`)),
  size: pageSize.meta({ description: 'Number of recipients in the answer, at most 100.' }),
})

const count = z.number().int()

const seconds = count.meta({ description: 'Unix seconds.' })

const broadcastShape = z
  .object({
    id: z.string(),
    name: z.string(),
    sender: z.string(),
    tag: z.string().meta({ description: 'Empty: every pusher that has the sender.' }),
    category: z.string().nullable(),
    state: z.enum(broadcastStates),
    total: count
      .nullable()
      .meta({ description: 'Number of recipients: counted at the start, and exact once all are enqueued.' }),
    totalIsEstimate: z.literal(true).optional(),
    enqueued: count.meta({ description: 'Recipients in the pages that workers have opened.' }),
    sent: count,
    skipped: count.meta({
      description:
        'Recipients that have switched off the category or have no address for this sender, and those that were removed or cancelled in the meantime.',
    }),
    dead: count,
    pending: count.nullable().meta({ description: 'Recipients without an outcome yet. Null if the total is null.' }),
    deferred: count.meta({ description: 'Pending recipients that wait for the end of their quiet hours.' }),
    rate: z.number().nullable().meta({ description: 'Recipients per second, while the broadcast was running.' }),
    eta: z
      .number()
      .nullable()
      .meta({ description: 'Seconds until the rest is sent; null if that cannot be estimated.' }),
    createdAt: seconds,
    startedAt: seconds.nullable(),
    finishedAt: seconds.nullable(),
  })
  .meta({
    id: 'Broadcast',
    examples: [
      {
        id: '1',
        name: 'sendmail_f4afc72d2364ca2ca0f3cad0d34af597',
        sender: 'sendmail',
        tag: 'vip',
        category: null,
        state: 'running',
        total: 12_000,
        enqueued: 5000,
        sent: 4200,
        skipped: 12,
        dead: 3,
        pending: 7785,
        deferred: 0,
        rate: 350.5,
        eta: 22,
        createdAt: 1_456_403_493,
        startedAt: 1_456_403_493,
        finishedAt: null,
      },
    ],
  })

const broadcastNameAnswer = hintedAnswer.extend({
  name: z.string().meta({
    description: 'Name of the broadcast.',
    examples: ['sendmail_f4afc72d2364ca2ca0f3cad0d34af597'],
  }),
})

const broadcastAnswer = z.object({ broadcast: broadcastShape })

const broadcastsAnswer = z.object({ broadcasts: z.array(broadcastShape) })

/** What a provider reported about a message after it took it. */
const report = z
  .object({
    event: z.enum(reportEvents),
    time: z.number().meta({ description: 'Unix seconds.' }),
    messageId: z.string().optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'Report' })

const recipientShape = z
  .object({
    pusher: z.string(),
    outcome: z
      .enum(recipientOutcomes)
      .meta({ description: 'moved: the recipient needed more than one attempt, or is dead, and has its own push.' }),
    messageId: z.string().nullable().meta({ description: "The provider's id for the message." }),
    addresses: z.array(addressResult).optional().meta({ description: 'What was done at each address, unless moved.' }),
    reason: z.string().nullable().meta({
      description:
        'If moved: why its push waits, or why it did not arrive. If skipped: the preference that decided it, if one did.',
    }),
    reports: z.array(report).meta({ description: 'What the provider reported afterwards.' }),
  })
  .meta({
    id: 'Recipient',
    examples: [
      {
        pusher: 'lupino',
        outcome: 'sent',
        messageId: '<88bf72bd@example.com>',
        reason: null,
        reports: [{ event: 'delivered', time: 1_456_403_495 }],
      },
    ],
  })

const recipientsAnswer = z.object({ recipients: z.array(recipientShape) })

export const pushAll = endpoint({
  guard: 'signed',
  summary: 'Push to all (broadcast)',
  notes:
    'Sends the message to every pusher that has the sender, or, with `tag`, to those that also have the tag. Give `data`, or the name of a stored `template` and its `vars`.',
  params: senderParams,
  fields: pushAllBody,
  example: { data: { subject: 'News', text: 'Read all about it' }, tag: 'vip' },
  takesIdempotencyKey: true,
  answer: broadcastNameAnswer,
  errors: ['template_not_found', 'category_not_found', 'invalid_field'],
  async handle({ app, params: { sender }, fields }, { core }) {
    const { tag = '', schedat = 0, category, urgent } = fields
    const { name } = await core.pushAll({ app: app.id, sender, ...contentOf(fields), tag, schedat, category, urgent })
    return { result: 'OK', name, ...(await senderHint({ core }, sender)) }
  },
})

/** Counting is dear for those that run, so that a list is short. */
const PAGE = 20

export const listBroadcasts = endpoint({
  guard: 'signed',
  summary: 'List broadcasts',
  notes: 'Newest first, at most 20.',
  fields: broadcastListFields,
  answer: broadcastsAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields: { after } }, { broadcasts }) {
    return { broadcasts: await broadcasts.list(app.id, { after, size: PAGE }) }
  },
})

export const getBroadcast = endpoint({
  guard: 'signed',
  summary: 'Get a broadcast',
  notes: 'Its state and progress. If several broadcasts have the name, the newest.',
  params: broadcastParams,
  answer: broadcastAnswer,
  errors: ['broadcast_not_found', 'invalid_field'],
  async handle({ app, params: { name } }, { broadcasts }) {
    const broadcast = await broadcasts.status(app.id, name)
    if (!broadcast) throw new CarillonError('broadcast_not_found', `There is no broadcast ${name}.`)
    return { broadcast }
  },
})

export const listRecipients = endpoint({
  guard: 'signed',
  summary: 'List the recipients of a broadcast',
  notes:
    'The recipients that were processed so far and their outcome, sorted by id. If several broadcasts have the name, those of the newest.',
  params: broadcastParams,
  fields: recipientFields,
  example: { size: 10 },
  answer: recipientsAnswer,
  errors: ['broadcast_not_found', 'invalid_field'],
  async handle({ app, params: { name }, fields }, { broadcasts }) {
    const recipients = await broadcasts.recipients(app.id, name, fields)
    if (!recipients) throw new CarillonError('broadcast_not_found', `There is no broadcast ${name}.`)
    return { recipients }
  },
})

export const pauseBroadcast = endpoint({
  guard: 'signed',
  summary: 'Pause a broadcast',
  notes:
    'The broadcast is `pausing` until workers have sent what they had started, and then `paused`. That takes seconds at most, unless a single message takes longer to send.',
  params: broadcastParams,
  answer: okAnswer,
  errors: ['broadcast_not_found', 'broadcast_done', 'invalid_field'],
  async handle({ app, actor, params: { name } }, { broadcasts, audit }) {
    const action = { app: app.id, action: 'broadcast.pause', target: name }
    await withAudit(audit, actor(), action, () => broadcasts.pause(app.id, name))
    return { result: 'OK' }
  },
})

export const resumeBroadcast = endpoint({
  guard: 'signed',
  summary: 'Resume a broadcast',
  notes: 'It continues where it was paused. Nobody receives it twice.',
  params: broadcastParams,
  answer: okAnswer,
  errors: ['broadcast_not_found', 'broadcast_done', 'invalid_field'],
  async handle({ app, actor, params: { name } }, { core, audit }) {
    const action = { app: app.id, action: 'broadcast.resume', target: name }
    await withAudit(audit, actor(), action, () => core.resumeBroadcast(app.id, name))
    return { result: 'OK' }
  },
})

export const cancelBroadcast = endpoint({
  guard: 'signed',
  summary: 'Cancel a broadcast',
  notes:
    'Also cancels its pushes that still wait, even if the broadcast has started. Cancelling it twice has no further effect.',
  params: broadcastParams,
  answer: okAnswer,
  errors: ['broadcast_not_found', 'broadcast_done', 'invalid_field'],
  async handle({ app, actor, params: { name } }, { broadcasts, audit }) {
    const cancel = () =>
      broadcasts.cancel(app.id, name).catch(async (error: unknown) => {
        const before = await broadcasts.status(app.id, name)
        if (before?.state !== 'cancelled') throw error
      })
    await withAudit(audit, actor(), { app: app.id, action: 'broadcast.cancel', target: name }, cancel)
    return { result: 'OK' }
  },
})
