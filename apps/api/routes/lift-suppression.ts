import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { suppressionParams } from '../suppression-fields.ts'

export const liftSuppression = endpoint({
  guard: 'signed',
  summary: 'Send to an address again',
  notes: 'Pushes that ended dead meanwhile can be replayed.',
  params: suppressionParams,
  answer: okAnswer,
  errors: ['suppression_not_found', 'invalid_field'],
  async handle({ app, params: { id } }, { suppressions }) {
    await suppressions.lift(app.id, id)
    return { result: 'OK' }
  },
})
