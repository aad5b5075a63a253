import { CarillonError } from '@carillon/contract'
import { recipientsAnswer } from '../broadcast-answers.ts'
import { endpoint } from '../endpoint.ts'
import { broadcastParams, recipientFields } from '../fields.ts'

export const listRecipients = endpoint({
  guard: 'signed',
  summary: 'What became of the recipients of a broadcast',
  notes: 'Those that were rung, by the order of their ids. Of several broadcasts with that name the last.',
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
