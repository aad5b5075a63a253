import * as z from 'zod'
import { senderName } from '@carillon/contract'
import { given, pageSize } from './list-fields.ts'

/** Ids are 64 bits wide; none of 19 digits was ever given. */
const suppressionId = z
  .string('must be text')
  .regex(/^[1-9]\d{0,17}$/, 'must be the id of a suppression')
  .meta({ examples: ['1'] })

const line = z
  .string('must be text')
  .min(1, 'is required')
  .max(320, 'must be at most 320 characters')
  .regex(/^\P{Cc}*$/u, 'must not contain control characters')

const address = line
  .regex(/\S/, 'is required')
  .meta({ description: 'An email address or a phone number. Case and spaces do not matter.' })

export const suppressionParams = z.object({ id: suppressionId })

export const newSuppressionFields = z.object({
  sender: senderName.meta({ description: 'The sender that stops sending to the address.' }),
  address,
  reason: given(line).meta({ description: 'Default: by hand.' }),
})

export const suppressionListFields = z.object({
  sender: given(senderName),
  address: given(address),
  after: given(suppressionId).meta({ description: 'Id of the last suppression of the previous page.' }),
  size: pageSize.meta({ description: 'Number of suppressions in the answer, at most 100.' }),
})

const suppression = z
  .object({
    id: z.string(),
    sender: z.string(),
    address: z.string().meta({ description: 'Masked. The address itself is not stored.' }),
    reason: z.string(),
    since: z.number().meta({ description: 'Unix seconds.' }),
  })
  .meta({
    id: 'Suppression',
    examples: [
      { id: '1', sender: 'sendmail', address: 'e***@example.com', reason: 'asked for it', since: 1_456_403_493.12 },
    ],
  })

export const suppressionAnswer = z.object({ suppression })
export const suppressionsAnswer = z.object({ suppressions: z.array(suppression) })
