import { CarillonError, categoryName, noCategory, nullIsAbsent } from '@carillon/contract'
import { linkBase, unsubscribeKey, unsubscribeLinks } from '@carillon/unsubscribe'
import * as z from 'zod'
import { endpoint } from '../endpoint.ts'
import { noPusher, pusherId, senderField } from './schemas.ts'

export const makeUnsubscribeLink = endpoint({
  guard: 'signed',
  summary: 'Make an unsubscribe link',
  notes:
    'The link that a message to this pusher has, for support and for messages that Carillon does not send. Whoever has it can change what the pusher receives, and it does not expire. The server needs PUBLIC_URL.',
  params: z.object({ id: pusherId }),
  fields: z.object({
    sender: senderField,
    category: nullIsAbsent(categoryName).meta({ description: 'Default: the link is for all preferences.' }),
  }),
  example: { sender: 'sendmail', category: 'news' },
  answer: z.object({
    url: z.string().meta({ examples: ['https://bells.example.com/u/ASeDfYcWcWd1MQBuZXdzAHNlbmRtYWls…'] }),
  }),
  errors: ['pusher_not_found', 'category_not_found', 'conflict', 'invalid_field'],
  async handle(
    { app, params: { id }, fields: { sender, category } },
    { pushers, categories, sharedValues, providers },
  ) {
    const { publicUrl } = providers ?? {}
    if (publicUrl === undefined) throw noPublicUrl()
    const [pusher] = await pushers.getMany(app.id, [id])
    if (!pusher) noPusher(id)
    if (category !== undefined && !(await categories.find(app.id, category))) throw noCategory(category)
    const { sign } = unsubscribeLinks(await unsubscribeKey(sharedValues))
    const link = { app: app.id, pusher: id, category: category ?? null, sender, address: pusher.email }
    return { url: linkBase(publicUrl) + sign(link) }
  },
})

function noPublicUrl(): CarillonError {
  return new CarillonError('conflict', 'This server does not know its own address: set PUBLIC_URL, and restart it.')
}
