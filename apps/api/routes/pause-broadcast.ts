import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { broadcastParams } from '../fields.ts'

export const pauseBroadcast = endpoint({
  guard: 'signed',
  summary: 'Hold a broadcast',
  notes: 'Workers give back what they have not begun within seconds. What is being sent is sent.',
  params: broadcastParams,
  answer: okAnswer,
  errors: ['broadcast_not_found', 'broadcast_done', 'invalid_field'],
  async handle({ app, params: { name } }, { broadcasts }) {
    await broadcasts.pause(app.id, name)
    return { result: 'OK' }
  },
})
