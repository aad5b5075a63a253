import { endpoint } from '../endpoint.ts'
import { replayAnswer } from '../history-answers.ts'
import { replayFields } from '../history-fields.ts'

export const replayDead = endpoint({
  guard: 'signed',
  summary: 'Replay many dead pushes',
  notes:
    'Newest first, at most 50,000 in one call. Pushes whose name is pending are skipped. Without any field, replays all dead pushes of the app.',
  fields: replayFields,
  example: { sender: 'sendmail' },
  answer: replayAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields }, { core }) {
    return { result: 'OK', ...(await core.replayDead(app.id, fields)) }
  },
})
