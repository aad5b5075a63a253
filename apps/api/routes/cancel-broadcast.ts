import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { broadcastParams } from '../fields.ts'

export const cancelBroadcast = endpoint({
  guard: 'signed',
  summary: 'Cancel a broadcast',
  notes:
    'Also cancels its pushes that still wait, even if the broadcast has started. Cancelling it twice has no further effect.',
  params: broadcastParams,
  answer: okAnswer,
  errors: ['broadcast_not_found', 'broadcast_done', 'invalid_field'],
  async handle({ app, params: { name } }, { broadcasts }) {
    await broadcasts.cancel(app.id, name).catch(async (error: unknown) => {
      const before = await broadcasts.status(app.id, name)
      if (before?.state !== 'cancelled') throw error
    })
    return { result: 'OK' }
  },
})
