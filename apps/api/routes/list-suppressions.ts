import { endpoint } from '../endpoint.ts'
import { suppressionListFields, suppressionsAnswer } from '../suppression-fields.ts'

export const listSuppressions = endpoint({
  guard: 'signed',
  summary: 'Addresses that are not sent to, newest first',
  fields: suppressionListFields,
  example: { sender: 'sendmail', size: 10 },
  answer: suppressionsAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields }, { suppressions }) {
    return { suppressions: await suppressions.list(app.id, fields) }
  },
})
