import { emptyIsAbsent } from '@carillon/contract'
import * as z from 'zod'
import { endpoint } from '../endpoint.ts'
import { pageSize } from './schemas.ts'

const auditFields = z.object({
  after: emptyIsAbsent(
    z
      .string('must be text')
      .regex(/^[1-9]\d{0,17}$/, 'must be an id')
      .meta({ examples: ['1'] }),
  ).meta({ description: 'Id of the last entry of the previous page.' }),
  size: pageSize.meta({ description: 'Number of entries in the answer, at most 100.' }),
})

const entry = z
  .object({
    id: z.string(),
    time: z.number().meta({ description: 'Unix seconds, to the millisecond.' }),
    account: z.string().meta({ description: 'Who did it. `open mode` where nobody signs in.' }),
    address: z.string().meta({ description: 'The address that the request came from.' }),
    app: z.number().int().nullable().meta({ description: 'Id of the app, or null if it concerns none.' }),
    action: z.string(),
    target: z.string().meta({ description: 'What it was done to, such as the name of a sender or the id of a push.' }),
    failure: z.string().nullable().meta({ description: 'The error, if it was refused or failed.' }),
  })
  .meta({
    id: 'AuditEntry',
    examples: [
      {
        id: '1',
        time: 1_456_403_493.12,
        account: 'ops',
        address: '192.0.2.7',
        app: 1,
        action: 'sender.pause',
        target: 'sendmail',
        failure: null,
      },
    ],
  })

const auditAnswer = z.object({ entries: z.array(entry) })

export const listAudit = endpoint({
  guard: 'admin',
  summary: 'List the audit',
  notes: 'What was done in the console, newest first.',
  fields: auditFields,
  answer: auditAnswer,
  errors: ['invalid_field'],
  async handle({ fields }, { audit }) {
    return { entries: await audit.list(fields) }
  },
})
