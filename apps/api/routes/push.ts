import { pushBody } from '@carillon/contract'
import { nameAnswer } from '../answers.ts'
import { endpoint } from '../endpoint.ts'
import { senderParams } from '../fields.ts'
import { pushCommand } from '../push-command.ts'

export const push = endpoint({
  guard: 'signed',
  summary: 'Push to one pusher',
  notes:
    'The same message to the same pusher has the same name. If you push it again while it waits, it is sent once, at the new `schedat`.',
  params: senderParams,
  fields: pushBody,
  example: { pusher: 'lupino', data: { subject: 'Hello', text: 'Good morning!' } },
  takesIdempotencyKey: true,
  takesFiles: true,
  answer: nameAnswer,
  errors: ['pusher_not_found', 'sender_not_enabled', 'invalid_field'],
  async handle({ app, params: { sender }, fields }, { core, defaultTtl }) {
    const { name } = await core.push(pushCommand(app, sender, fields, defaultTtl))
    return { result: 'OK', name }
  },
})
