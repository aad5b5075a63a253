import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { namedSenderParams } from '../fields.ts'

export const pauseSender = endpoint({
  guard: 'signed',
  summary: 'Hold the pushes of a sender back',
  notes: 'They are still accepted, and wait. What is being sent is sent.',
  params: namedSenderParams,
  answer: okAnswer,
  errors: ['invalid_field'],
  async handle({ app, params: { name } }, { senders }) {
    await senders.pause(app.id, name)
    return { result: 'OK' }
  },
})
