import { CarillonError } from '@carillon/contract'
import { recipientsAnswer } from '../broadcast-answers.ts'
import { endpoint } from '../endpoint.ts'
import { broadcastParams, recipientFields } from '../fields.ts'

export const listRecipients = endpoint({
  guard: 'signed',
  summary: 'List the recipients of a broadcast',
  notes:
    'The recipients that were processed so far and their outcome, sorted by id. If several broadcasts have the name, those of the newest.',
  params: broadcastParams,
  fields: recipientFields,
  example: { size: 10 },
  answer: recipientsAnswer,
  errors: ['broadcast_not_found', 'invalid_field'],
  async handle({ app, params: { name }, fields }, { broadcasts }) {
    const recipients = await broadcasts.recipients(app.id, name, fields)
    if (!recipients) throw new CarillonError('broadcast_not_found', `There is no broadcast ${name}.`)
    return { recipients }
  },
})
