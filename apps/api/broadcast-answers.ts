import * as z from 'zod'
import { broadcastStates, recipientOutcomes } from '@carillon/contract'
import { okAnswer } from './answers.ts'
import { report } from './report-answer.ts'

const count = z.number().int()
const seconds = count.meta({ description: 'Unix seconds.' })

const broadcast = z
  .object({
    id: z.string(),
    name: z.string(),
    sender: z.string(),
    tag: z.string().meta({ description: 'Empty: every pusher that has the sender.' }),
    state: z.enum(broadcastStates),
    total: count
      .nullable()
      .meta({ description: 'Number of recipients: counted at the start, and exact once all are enqueued.' }),
    totalIsEstimate: z.literal(true).optional(),
    enqueued: count.meta({ description: 'Recipients in the pages that workers have opened.' }),
    sent: count,
    skipped: count.meta({
      description:
        'Recipients without an address for this sender, and those that were removed or cancelled in the meantime.',
    }),
    dead: count,
    pending: count.nullable().meta({ description: 'Recipients without an outcome yet. Null if the total is null.' }),
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
        state: 'running',
        total: 12_000,
        enqueued: 5000,
        sent: 4200,
        skipped: 12,
        dead: 3,
        pending: 7785,
        rate: 350.5,
        eta: 22,
        createdAt: 1_456_403_493,
        startedAt: 1_456_403_493,
        finishedAt: null,
      },
    ],
  })

export const broadcastNameAnswer = okAnswer.extend({
  name: z.string().meta({
    description: 'Name of the broadcast.',
    examples: ['sendmail_f4afc72d2364ca2ca0f3cad0d34af597'],
  }),
})

export const broadcastAnswer = z.object({ broadcast })
export const broadcastsAnswer = z.object({ broadcasts: z.array(broadcast) })

const recipient = z
  .object({
    pusher: z.string(),
    outcome: z
      .enum(recipientOutcomes)
      .meta({ description: 'moved: the recipient needed more than one attempt, or is dead, and has its own push.' }),
    messageId: z.string().nullable().meta({ description: "The provider's id for the message." }),
    reason: z.string().nullable().meta({ description: 'If moved: why its push waits, or why it is dead.' }),
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

export const recipientsAnswer = z.object({ recipients: z.array(recipient) })
