import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { tagParams } from '../fields.ts'
import { noPusher } from '../no-pusher.ts'

export const removeTag = endpoint({
  guard: 'signed',
  summary: 'Remove a tag from a pusher',
  params: tagParams,
  answer: okAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  async handle({ app, params: { id, tag } }, { pushers }) {
    const found = await pushers.set(app.id, id, { removeTags: [tag] }, false)
    return found ? { result: 'OK' } : noPusher(id)
  },
})
