import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { namedSenderParams } from '../fields.ts'

export const resumeSender = endpoint({
  guard: 'signed',
  summary: 'Resume a sender',
  params: namedSenderParams,
  answer: okAnswer,
  errors: ['invalid_field'],
  async handle({ app, params: { name } }, { core }) {
    await core.resumeSender(app.id, name)
    return { result: 'OK' }
  },
})
