import { pusherAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { pusherParams } from '../fields.ts'
import { noPusher } from '../no-pusher.ts'

export const getPusher = endpoint({
  guard: 'signed',
  summary: 'Get a pusher',
  params: pusherParams,
  answer: pusherAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  async handle({ app, params: { id } }, { pushers }) {
    const [pusher] = await pushers.getMany(app.id, [id])
    return pusher ? { pusher } : noPusher(id)
  },
})
