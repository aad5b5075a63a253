import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { pusherFields, pusherParams } from '../fields.ts'
import { givenFields } from '../given-fields.ts'
import { noPusher } from '../no-pusher.ts'

export const updatePusher = endpoint({
  guard: 'signed',
  summary: 'Update a pusher',
  notes: 'Changes only the fields that you send and that are not empty.',
  params: pusherParams,
  fields: pusherFields,
  example: { nickname: 'Lupino' },
  answer: okAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  async handle({ app, params: { id }, fields }, { pushers }) {
    const found = await pushers.set(app.id, id, { fields: givenFields(fields) }, false)
    return found ? { result: 'OK' } : noPusher(id)
  },
})
