import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { pushParams } from '../history-fields.ts'

export const replayPush = endpoint({
  guard: 'signed',
  summary: 'Send a dead push again',
  notes: 'At once, with its own id, no failures and a whole ttl. Not while a push of the same name is pending.',
  params: pushParams,
  answer: okAnswer,
  errors: ['push_not_found', 'conflict', 'invalid_field'],
  async handle({ app, params: { id } }, { core }) {
    await core.replay(app.id, id)
    return { result: 'OK' }
  },
})
