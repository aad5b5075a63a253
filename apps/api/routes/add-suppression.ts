import { comparableAddress } from '@carillon/addresses'
import { endpoint } from '../endpoint.ts'
import { newSuppressionFields, suppressionAnswer } from '../suppression-fields.ts'

export const addSuppression = endpoint({
  guard: 'signed',
  summary: 'Suppress an address',
  notes: 'Carillon stops sending to the address. If it is suppressed already, nothing changes.',
  fields: newSuppressionFields,
  example: { sender: 'sendmail', address: 'example@example.com', reason: 'asked for it' },
  status: 201,
  answer: suppressionAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields: { sender, address, reason = 'by hand' } }, { suppressions, phoneCountry }) {
    const known = comparableAddress(address, phoneCountry)
    return { suppression: await suppressions.add({ app: app.id, sender, address: known }, reason) }
  },
})
