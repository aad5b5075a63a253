import { emptyIsAbsent } from '@carillon/contract'
import * as z from 'zod'
import { endpoint } from '../endpoint.ts'
import { pageSize } from './schemas.ts'

/** Years are five digits long before that. */
const moment = z
  .string('must be text')
  .regex(/^\d{1,11}(?:\.\d{1,6})?$/, 'must be Unix seconds')
  .transform(Number)

const name = z.string('must be text').refine((text) => !text.includes('\0'), 'must not contain a NUL character')

const auditFields = z.object({
  account: emptyIsAbsent(name).meta({ description: 'Only what this account did.' }),
  action: emptyIsAbsent(name).meta({ description: 'Only this action.' }),
  since: emptyIsAbsent(moment).meta({ description: 'Unix seconds. Only entries from then on.' }),
  until: emptyIsAbsent(moment).meta({ description: 'Unix seconds. Only entries before then.' }),
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
    account: z.string().meta({
      description:
        'Who did it: the account of an administrator, `app` and the key of the app that signed a call, the user of the system for `carillon app`, or `open mode` where nobody signs in.',
    }),
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
  notes:
    'What was done in the console and by calls that pause, resume, replay, cancel, suppress or change apps, newest first.',
  fields: auditFields,
  example: { action: 'sender.pause', size: 20 },
  answer: auditAnswer,
  errors: ['invalid_field'],
  async handle({ fields }, { audit }) {
    return { entries: await audit.list(fields) }
  },
})
