import { endpoint } from '../endpoint.ts'
import { historyAnswer } from '../history-answers.ts'
import { historyFields } from '../history-fields.ts'

export const listPushes = endpoint({
  guard: 'signed',
  summary: 'List pushes',
  notes: 'With their outcome, newest first.',
  fields: historyFields,
  example: { state: 'dead', size: 10 },
  answer: historyAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields }, { history }) {
    return { pushes: await history.list(app.id, fields) }
  },
})
