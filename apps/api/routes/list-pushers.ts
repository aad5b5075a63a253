import { listAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { pageFields } from '../fields.ts'

export const listPushers = endpoint({
  guard: 'signed',
  summary: 'List pushers',
  notes: 'Newest first.',
  fields: pageFields,
  answer: listAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields }, { pushers }) {
    const { from, size } = fields
    return { ...(await pushers.list(app.id, fields)), from, size }
  },
})
