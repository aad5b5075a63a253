import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { broadcastParams } from '../fields.ts'

export const resumeBroadcast = endpoint({
  guard: 'signed',
  summary: 'Resume a broadcast',
  notes: 'It continues where it was paused. Nobody receives it twice.',
  params: broadcastParams,
  answer: okAnswer,
  errors: ['broadcast_not_found', 'broadcast_done', 'invalid_field'],
  async handle({ app, params: { name } }, { core }) {
    await core.resumeBroadcast(app.id, name)
    return { result: 'OK' }
  },
})
