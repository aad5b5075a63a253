import * as z from 'zod'
import { broadcastStates } from '@carillon/contract'

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
