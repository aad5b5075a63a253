import { pushAllBody } from '@carillon/contract'
import { broadcastNameAnswer } from '../broadcast-answers.ts'
import { endpoint } from '../endpoint.ts'
import { senderParams } from '../fields.ts'

export const pushAll = endpoint({
  guard: 'signed',
  summary: 'Push to all (broadcast)',
  notes: 'Sends the message to every pusher that has the sender, or, with `tag`, to those that also have the tag.',
  params: senderParams,
  fields: pushAllBody,
  example: { data: { subject: 'News', text: 'Read all about it' }, tag: 'vip' },
  takesIdempotencyKey: true,
  answer: broadcastNameAnswer,
  errors: ['invalid_field'],
  async handle({ app, params: { sender }, fields: { data, tag = '', schedat = 0 } }, { core }) {
    const { name } = await core.pushAll({ app: app.id, sender, data, tag, schedat })
    return { result: 'OK', name }
  },
})
