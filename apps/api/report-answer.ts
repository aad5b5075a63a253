import * as z from 'zod'
import { reportEvents } from '@carillon/contract'

/** What a provider reported about a message after it took it. */
export const report = z
  .object({
    event: z.enum(reportEvents),
    time: z.number().meta({ description: 'Unix seconds.' }),
    messageId: z.string().optional(),
    reason: z.string().optional(),
  })
  .meta({ id: 'Report' })
