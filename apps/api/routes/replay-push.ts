import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { pushParams } from '../history-fields.ts'

export const replayPush = endpoint({
  guard: 'signed',
  summary: 'Replay a dead push',
  notes:
    'The push is sent at once, under the same id, with a full `ttl` and all its retries. Fails while a push of the same name is pending.',
  params: pushParams,
  answer: okAnswer,
  errors: ['push_not_found', 'conflict', 'invalid_field'],
  async handle({ app, params: { id } }, { core }) {
    await core.replay(app.id, id)
    return { result: 'OK' }
  },
})
