import { categoryName, checkNames, checkStates, emptyIsAbsent } from '@carillon/contract'
import * as z from 'zod'
import { endpoint } from '../endpoint.ts'
import { pusherId, senderField } from './schemas.ts'

const checkShape = z.object({
  check: z.enum(checkNames),
  state: z.enum(checkStates).meta({
    description:
      'blocks: nothing is sent until somebody acts. waits: it passes by itself. partly: some addresses get nothing until somebody acts, and the others get it.',
  }),
  sentence: z.string().meta({ description: 'What is so, for people.' }),
  action: z.string().optional().meta({ description: 'What to do about it.' }),
  push: z.string().optional().meta({ description: 'Id of the push that the sentence is about.' }),
})

const explanation = z.object({
  pusher: z.string().meta({ examples: ['lupino'] }),
  sender: z.string().meta({ examples: ['sendmail'] }),
  checks: z.array(checkShape).meta({
    examples: [
      [
        { check: 'pusher', state: 'ok', sentence: 'The pusher lupino exists.' },
        {
          check: 'address',
          state: 'blocks',
          sentence: 'lupino has no email address.',
          action: 'Set the email of lupino.',
        },
      ],
    ],
  }),
})

export const explain = endpoint({
  guard: 'signed',
  summary: 'Explain why a pusher is reached or not',
  notes:
    'Checks everything on the way of a push, in order: the pusher, its preferences and its address, the sender and its workers, and the last push. A check is absent if an earlier one leaves nothing to check.',
  fields: z.object({
    pusher: pusherId,
    sender: senderField,
    category: emptyIsAbsent(categoryName).meta({
      description: 'Of the message. Absent: says which categories are off.',
    }),
  }),
  example: { pusher: 'lupino', sender: 'sendmail' },
  answer: explanation,
  errors: ['invalid_field'],
  handle: ({ app, fields }, { core, phoneCountry }) => core.explain(app.id, { ...fields, phoneCountry }),
})
