import * as z from 'zod'
import { comparableAddress } from '@carillon/addresses'
import { emptyIsAbsent, line, senderName, type Suppression } from '@carillon/contract'
import { withAudit } from '@carillon/core'
import { endpoint } from '../endpoint.ts'
import { okAnswer, pageSize, rowId } from './schemas.ts'

const suppressionId = rowId('a suppression')

const addressField = line(320)
  .regex(/\S/, 'is required')
  .meta({ description: 'An email address or a phone number. Case and spaces do not matter.' })

const suppressionParams = z.object({ id: suppressionId })

const newSuppressionFields = z.object({
  sender: senderName.meta({ description: 'The sender that stops sending to the address.' }),
  address: addressField,
  reason: emptyIsAbsent(line(320)).meta({ description: 'Default: by hand.' }),
})

const suppressionListFields = z.object({
  sender: emptyIsAbsent(senderName),
  address: emptyIsAbsent(addressField),
  after: emptyIsAbsent(suppressionId).meta({ description: 'Id of the last suppression of the previous page.' }),
  size: pageSize.meta({ description: 'Number of suppressions in the answer, at most 100.' }),
})

const suppressionShape = z
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

const suppressionAnswer = z.object({ suppression: suppressionShape })

const suppressionsAnswer = z.object({ suppressions: z.array(suppressionShape) })

export const listSuppressions = endpoint({
  guard: 'signed',
  summary: 'List suppressed addresses',
  notes: 'Carillon does not send to these. Newest first.',
  fields: suppressionListFields,
  example: { sender: 'sendmail', size: 10 },
  answer: suppressionsAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields }, { suppressions, phoneCountry }) {
    const address = fields.address && comparableAddress(fields.address, phoneCountry)
    return { suppressions: await suppressions.list(app.id, { ...fields, address }) }
  },
})

export const addSuppression = endpoint({
  guard: 'signed',
  summary: 'Suppress an address',
  notes: 'Carillon stops sending to the address. If it is suppressed already, nothing changes.',
  fields: newSuppressionFields,
  example: { sender: 'sendmail', address: 'example@example.com', reason: 'asked for it' },
  status: 201,
  answer: suppressionAnswer,
  errors: ['invalid_field'],
  async handle({ app, actor, fields: { sender, address, reason = 'by hand' } }, { suppressions, phoneCountry, audit }) {
    const known = comparableAddress(address, phoneCountry)
    const suppress = () => suppressions.add({ app: app.id, sender, address: known }, reason)
    const targetAfter = ({ id }: Suppression) => `${id} of ${sender}`
    const action = { app: app.id, action: 'suppression.add', target: sender, targetAfter }
    return { suppression: await withAudit(audit, actor(), action, suppress) }
  },
})

export const liftSuppression = endpoint({
  guard: 'signed',
  summary: 'Lift a suppression',
  notes: 'Carillon sends to the address again. You can replay the pushes that failed meanwhile.',
  params: suppressionParams,
  answer: okAnswer,
  errors: ['suppression_not_found', 'invalid_field'],
  async handle({ app, actor, params: { id } }, { suppressions, audit }) {
    const action = { app: app.id, action: 'suppression.lift', target: id }
    await withAudit(audit, actor(), action, () => suppressions.lift(app.id, id))
    return { result: 'OK' }
  },
})
