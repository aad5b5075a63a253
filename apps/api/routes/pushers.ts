import * as z from 'zod'
import {
  CarillonError,
  emptyIsAbsent,
  identifier,
  nullIsAbsent,
  pusherBody,
  type PusherFields,
  pusherSchema,
} from '@carillon/contract'
import { endpoint } from '../endpoint.ts'
import { count, hintedAnswer, senderHint, noPusher, okAnswer, pusherId, senderParams } from './schemas.ts'

const pusherParams = z.object({ id: pusherId })

const tagParams = z.object({ id: pusherId, tag: identifier.meta({ examples: ['vip'] }) })

const pusherField = z.object({ pusher: identifier.meta({ description: 'Id of the pusher.' }) })

/** The legacy client sends `CreatedAt`. */
const pusherFields = pusherBody.extend({
  CreatedAt: pusherBody.shape.createdAt.meta({ description: 'The same as createdAt.' }),
})

/** A missing id has an error of its own. */
const newPusherFields = pusherFields.extend({
  pusher: nullIsAbsent(identifier).meta({ description: 'Id of the pusher.' }),
})

const pageFields = z.object({
  from: count(0).meta({ description: 'Number of pushers to skip.' }),
  size: count(10)
    .transform((size) => Math.min(size, 100))
    .meta({ description: 'Number of pushers in the answer, at most 100.' }),
  after: emptyIsAbsent(identifier).meta({
    description: 'Id of the last pusher of the previous page. Use it instead of `from`: it is fast at any depth.',
  }),
})

const searchFields = z.object({
  q: z
    .string()
    .refine((query) => !query.includes('\0'), 'must not contain a NUL character')
    .optional()
    .meta({ description: 'The query.' }),
  ...pageFields.shape,
})

const pusherShape = pusherSchema
  .extend({
    createdAt: z.number().int().meta({ description: 'Unix seconds.' }),
    timezone: z.string().meta({ description: 'IANA name; empty when unknown.' }),
    locale: z.string().meta({ description: 'BCP 47 tag; empty when unknown.' }),
    attributes: z
      .record(z.string(), z.unknown())
      .meta({ description: 'Your own JSON object, for searches and templates.' }),
    quietHours: pusherSchema.shape.quietHours.meta({ description: 'Null: those of the app.' }),
  })
  .meta({
    id: 'Pusher',
    examples: [
      {
        id: 'lupino',
        email: 'lupino@example.com',
        nickname: 'Lupino',
        phoneNumber: '+8613800000000',
        senders: ['sendmail'],
        tags: ['vip'],
        createdAt: 1_456_403_493,
        timezone: 'Asia/Shanghai',
        locale: 'zh-CN',
        attributes: { plan: 'gold' },
        quietHours: { from: '22:00', to: '07:00' },
      },
    ],
  })

const pusherAnswer = z.object({ pusher: pusherShape })

const listAnswer = z.object({
  pushers: z.array(pusherShape),
  total: z
    .number()
    .int()
    .meta({ examples: [1] }),
  totalIsEstimate: z
    .literal(true)
    .optional()
    .meta({ description: 'Present if there are too many to count each time.' }),
  from: z
    .number()
    .int()
    .meta({ examples: [0] }),
  size: z
    .number()
    .int()
    .meta({ examples: [10] }),
})

const searchAnswer = listAnswer.extend({ q: z.string().meta({ examples: ['tags:vip'] }) })

export const createPusher = endpoint({
  guard: 'signed',
  summary: 'Create a pusher',
  notes: 'If the pusher exists, it is updated, and keeps its senders and tags.',
  fields: newPusherFields,
  required: ['pusher'],
  example: { pusher: 'lupino', email: 'lupino@example.com', nickname: 'Lupino' },
  answer: okAnswer,
  errors: ['pusher_required', 'invalid_field'],
  async handle({ app, fields: { pusher, ...fields } }, { pushers }) {
    if (pusher === undefined) throw new CarillonError('pusher_required', 'pusher is required.')
    await pushers.set(app.id, pusher, { fields: givenFields(fields) }, true)
    return { result: 'OK' }
  },
})

export const getPusher = endpoint({
  guard: 'signed',
  summary: 'Get a pusher',
  params: pusherParams,
  answer: pusherAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  async handle({ app, params: { id } }, { pushers }) {
    const [pusher] = await pushers.getMany(app.id, [id])
    return pusher ? { pusher } : noPusher(id)
  },
})

export const updatePusher = endpoint({
  guard: 'signed',
  summary: 'Update a pusher',
  notes: 'Changes only the fields that you send and that are not empty. Null removes quiet hours and the time zone.',
  params: pusherParams,
  fields: pusherFields,
  example: { nickname: 'Lupino' },
  answer: okAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  async handle({ app, params: { id }, fields }, { pushers }) {
    const found = await pushers.set(app.id, id, { fields: givenFields(fields) }, false)
    return found ? { result: 'OK' } : noPusher(id)
  },
})

export const removePusher = endpoint({
  guard: 'signed',
  summary: 'Remove a pusher',
  notes:
    'Also removes its addresses, cancels its pending pushes and erases its personal data from the history. Succeeds if the pusher does not exist.',
  params: pusherParams,
  answer: okAnswer,
  errors: ['invalid_field'],
  async handle({ app, params: { id } }, { core }) {
    await core.removePusher(app.id, id)
    return { result: 'OK' }
  },
})

export const listPushers = endpoint({
  guard: 'signed',
  summary: 'List pushers',
  notes: 'Newest first.',
  fields: pageFields,
  answer: listAnswer,
  errors: ['invalid_field'],
  async handle({ app, fields }, { pushers }) {
    const { from, size } = fields
    return { ...(await pushers.list(app.id, fields)), from, size }
  },
})

export const searchPushers = endpoint({
  guard: 'signed',
  summary: 'Search pushers',
  notes:
    'Newest first. A query consists of words, which match any text field, `field:term`, `"phrases"`, `+must`, `-not`, `createdAt:>1456403493` and `lup*`, or it is a JSON query. `total` is exact up to 10,000.',
  fields: searchFields,
  required: ['q'],
  example: { q: 'tags:vip', size: 10 },
  answer: searchAnswer,
  errors: ['bad_request', 'bad_query', 'invalid_field'],
  async handle({ app, fields: { q, ...page } }, { pushers }) {
    if (!q) throw new CarillonError('bad_request', 'q is required.')
    const { from, size } = page
    return { ...(await pushers.search(app.id, q, page)), from, size, q }
  },
})

export const addTag = endpoint({
  guard: 'signed',
  summary: 'Add a tag to a pusher',
  params: tagParams,
  answer: okAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  async handle({ app, params: { id, tag } }, { pushers }) {
    const found = await pushers.set(app.id, id, { addTags: [tag] }, false)
    return found ? { result: 'OK' } : noPusher(id)
  },
})

export const removeTag = endpoint({
  guard: 'signed',
  summary: 'Remove a tag from a pusher',
  params: tagParams,
  answer: okAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  async handle({ app, params: { id, tag } }, { pushers }) {
    const found = await pushers.set(app.id, id, { removeTags: [tag] }, false)
    return found ? { result: 'OK' } : noPusher(id)
  },
})

export const addSender = endpoint({
  guard: 'signed',
  summary: 'Add a sender to a pusher',
  params: senderParams,
  fields: pusherField,
  example: { pusher: 'lupino' },
  answer: hintedAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  async handle({ app, params: { sender }, fields: { pusher } }, { pushers, core }) {
    const found = await pushers.set(app.id, pusher, { addSenders: [sender] }, false)
    return found ? { result: 'OK', ...(await senderHint({ core }, sender)) } : noPusher(pusher)
  },
})

export const removeSender = endpoint({
  guard: 'signed',
  summary: 'Remove a sender from a pusher',
  params: senderParams,
  fields: pusherField,
  example: { pusher: 'lupino' },
  answer: okAnswer,
  errors: ['pusher_not_found', 'invalid_field'],
  async handle({ app, params: { sender }, fields: { pusher } }, { pushers }) {
    const found = await pushers.set(app.id, pusher, { removeSenders: [sender] }, false)
    return found ? { result: 'OK' } : noPusher(pusher)
  },
})

/** The fields that are given and not empty; both spellings of createdAt are one. Old clients send 0 where they have none. */
function givenFields({ CreatedAt, ...fields }: z.output<typeof pusherFields>): PusherFields {
  const createdAt = fields.createdAt || CreatedAt || undefined
  return Object.fromEntries(Object.entries({ ...fields, createdAt }).filter(([, value]) => value !== undefined))
}
