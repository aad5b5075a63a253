import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { broadcastParams } from '../fields.ts'

export const pauseBroadcast = endpoint({
  guard: 'signed',
  summary: 'Pause a broadcast',
  notes:
    'The broadcast is `pausing` until workers have sent what they had started, and then `paused`. That takes seconds at most, unless a single message takes longer to send.',
  params: broadcastParams,
  answer: okAnswer,
  errors: ['broadcast_not_found', 'broadcast_done', 'invalid_field'],
  async handle({ app, params: { name } }, { broadcasts }) {
    await broadcasts.pause(app.id, name)
    return { result: 'OK' }
  },
})
