import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { suppressionParams } from '../suppression-fields.ts'

export const liftSuppression = endpoint({
  guard: 'signed',
  summary: 'Lift a suppression',
  notes: 'Carillon sends to the address again. You can replay the pushes that failed meanwhile.',
  params: suppressionParams,
  answer: okAnswer,
  errors: ['suppression_not_found', 'invalid_field'],
  async handle({ app, params: { id } }, { suppressions }) {
    await suppressions.lift(app.id, id)
    return { result: 'OK' }
  },
})
