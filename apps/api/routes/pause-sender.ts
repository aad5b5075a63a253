import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { namedSenderParams } from '../fields.ts'

export const pauseSender = endpoint({
  guard: 'signed',
  summary: 'Pause a sender',
  notes: 'New pushes are still accepted, and wait. Messages that are being sent are completed.',
  params: namedSenderParams,
  answer: okAnswer,
  errors: ['invalid_field'],
  async handle({ app, params: { name } }, { senders }) {
    await senders.pause(app.id, name)
    return { result: 'OK' }
  },
})
