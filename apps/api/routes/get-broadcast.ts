import { CarillonError } from '@carillon/contract'
import { broadcastAnswer } from '../broadcast-answers.ts'
import { endpoint } from '../endpoint.ts'
import { broadcastParams } from '../fields.ts'

export const getBroadcast = endpoint({
  guard: 'signed',
  summary: 'Get a broadcast',
  notes: 'Its state and progress. If several broadcasts have the name, the newest.',
  params: broadcastParams,
  answer: broadcastAnswer,
  errors: ['broadcast_not_found', 'invalid_field'],
  async handle({ app, params: { name } }, { broadcasts }) {
    const broadcast = await broadcasts.status(app.id, name)
    if (!broadcast) throw new CarillonError('broadcast_not_found', `There is no broadcast ${name}.`)
    return { broadcast }
  },
})
