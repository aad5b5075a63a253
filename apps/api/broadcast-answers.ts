import * as z from 'zod'
import { broadcastStates, recipientOutcomes } from '@carillon/contract'
import { report } from './report-answer.ts'

const count = z.number().int()
const seconds = count.meta({ description: 'Unix seconds.' })

const broadcast = z.object({
  id: z.string(),
  name: z.string(),
  sender: z.string(),
  tag: z.string().meta({ description: 'Empty: every pusher that has the sender.' }),
  state: z.enum(broadcastStates),
  total: count.nullable().meta({ description: 'Recipients, counted at the start and exact once all are enqueued.' }),
  totalIsEstimate: z.literal(true).optional(),
  enqueued: count.meta({ description: 'In the pages that workers have opened.' }),
  sent: count,
  skipped: count.meta({ description: 'Without the address that the sender needs, gone meanwhile, or cancelled.' }),
  dead: count,
  pending: count.nullable().meta({ description: 'Still without an outcome; null where the total is.' }),
  rate: z.number().nullable().meta({ description: 'Recipients per second, while it ran.' }),
  eta: z.number().nullable().meta({ description: 'Seconds until the rest is rung; null unless that can be told.' }),
  createdAt: seconds,
  startedAt: seconds.nullable(),
  finishedAt: seconds.nullable(),
})

export const broadcastAnswer = z.object({ broadcast })
export const broadcastsAnswer = z.object({ broadcasts: z.array(broadcast) })

export const recipientsAnswer = z.object({
  recipients: z.array(
    z.object({
      pusher: z.string(),
      outcome: z
        .enum(recipientOutcomes)
        .meta({ description: 'moved: it needed more than one try, or is dead, and has a push of its own.' }),
      messageId: z.string().nullable().meta({ description: 'Under which the provider knows it.' }),
      reason: z
        .string()
        .nullable()
        .meta({ description: 'Of one that was moved: why its push waits, or why it is dead.' }),
      reports: z.array(report).meta({ description: 'What the provider told afterwards.' }),
    }),
  ),
})
