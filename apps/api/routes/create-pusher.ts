import { CarillonError } from '@carillon/contract'
import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { newPusherFields } from '../fields.ts'
import { givenFields } from '../given-fields.ts'

export const createPusher = endpoint({
  guard: 'signed',
  summary: 'Create a pusher',
  notes: 'If the pusher exists, it is updated, and keeps its senders and tags.',
  fields: newPusherFields,
  required: ['pusher'],
  example: { pusher: 'lupino', email: 'lupino@example.com', nickname: 'Lupino' },
  answer: okAnswer,
  errors: ['pusher_required', 'invalid_field'],
  async handle({ app, fields: { pusher, ...fields } }, { pushers }) {
    if (pusher === undefined) throw new CarillonError('pusher_required', 'pusher is required.')
    await pushers.set(app.id, pusher, { fields: givenFields(fields) }, true)
    return { result: 'OK' }
  },
})
