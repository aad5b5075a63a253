import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { pusherField, senderParams } from '../fields.ts'
import { noPusher } from '../no-pusher.ts'

export const removeSender = endpoint({
  guard: 'signed',
  summary: 'Remove a sender from a pusher',
  params: senderParams,
  fields: pusherField,
  example: { pusher: 'lupino' },
  answer: okAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  async handle({ app, params: { sender }, fields: { pusher } }, { pushers }) {
    const found = await pushers.set(app.id, pusher, { removeSenders: [sender] }, false)
    return found ? { result: 'OK' } : noPusher(pusher)
  },
})
