import { cancelBody } from '@carillon/contract'
import { okAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { senderParams } from '../fields.ts'

export const cancelPush = endpoint({
  guard: 'signed',
  summary: 'Cancel a push',
  notes: 'The push must still wait. With the sender `pushall`, cancels a broadcast, even if it has started.',
  params: senderParams,
  fields: cancelBody,
  example: { name: 'lupino_67f09a03afb55f07fd948aa268f9ae21' },
  answer: okAnswer,
  errors: ['push_not_found', 'broadcast_not_found', 'push_sending', 'invalid_field'],
  async handle({ app, params: { sender }, fields: { name } }, { core }) {
    await core.cancel(app.id, sender, name)
    return { result: 'OK' }
  },
})
