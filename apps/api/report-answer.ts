import * as z from 'zod'
import { reportEvents } from '@carillon/contract'

/** The shape of what a provider told, for the documentation. */
export const report = z.object({
  event: z.enum(reportEvents),
  time: z.number().meta({ description: 'Unix seconds.' }),
  messageId: z.string().optional(),
  reason: z.string().optional(),
})
