import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { pusherParams } from '../fields.ts'

export const removePusher = endpoint({
  guard: 'signed',
  summary: 'Remove a pusher',
  notes:
    'Also cancels its pending pushes and erases its personal data from the history. Succeeds if the pusher does not exist.',
  params: pusherParams,
  answer: okAnswer,
  errors: ['invalid_field'],
  async handle({ app, params: { id } }, { core }) {
    await core.removePusher(app.id, id)
    return { result: 'OK' }
  },
})
