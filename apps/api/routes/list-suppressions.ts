import { comparableAddress } from '@carillon/addresses'
import { endpoint } from '../endpoint.ts'
import { suppressionListFields, suppressionsAnswer } from '../suppression-fields.ts'

export const listSuppressions = endpoint({
  guard: 'signed',
  summary: 'List suppressed addresses',
  notes: 'Carillon does not send to these. Newest first.',
  fields: suppressionListFields,
  example: { sender: 'sendmail', size: 10 },
  answer: suppressionsAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields }, { suppressions, phoneCountry }) {
    const address = fields.address && comparableAddress(fields.address, phoneCountry)
    return { suppressions: await suppressions.list(app.id, { ...fields, address }) }
  },
})
