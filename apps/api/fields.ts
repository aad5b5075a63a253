import * as z from 'zod'
import { identifier, pusherBody, senderName } from '@carillon/contract'
import { count, given, pageSize } from './list-fields.ts'

/*
 * Fields that only the HTTP routes have: those of paths, of lists, and the seed's variants. The
 * messages of the documentation stand here too, where the contract has none.
 */

const id = identifier.meta({ description: 'Id of the pusher; percent-encode `.`, `..` and `/`.', examples: ['lupino'] })
const sender = senderName.meta({ description: 'Name of the sender.', examples: ['sendmail'] })
const tag = identifier.meta({ examples: ['vip'] })

export const pusherParams = z.object({ id })
export const tagParams = z.object({ id, tag })
export const senderParams = z.object({ sender })
export const namedSenderParams = z.object({ name: sender })

export const broadcastParams = z.object({
  name: identifier.meta({
    description: 'Name of the broadcast, from the answer of pushall.',
    examples: ['sendmail_f4afc72d2364ca2ca0f3cad0d34af597'],
  }),
})

/** Postgres ids of broadcasts are 63 bits wide. */
export const broadcastListFields = z.object({
  after: z
    .preprocess(
      (value) => (value === '' ? undefined : value),
      z
        .string()
        .regex(/^\d{1,18}$/, 'must be an id')
        .optional(),
    )
    .meta({ description: 'Id of the last broadcast of the previous page.' }),
})

export const recipientFields = z.object({
  pusher: given(identifier).meta({ description: 'Only this pusher.' }),
  after: given(identifier).meta({ description: 'Id of the last pusher of the previous page.' }),
  size: pageSize.meta({ description: 'Number of recipients in the answer, at most 100.' }),
})

/** Postgres ids are 32 bits wide. */
export const appParams = z.object({
  id: z
    .string()
    .regex(/^[1-9]\d{0,9}$/, 'must be a positive integer')
    .meta({ examples: ['1'] })
    .transform(Number)
    .refine((number) => number < 2 ** 31, 'must be a positive integer'),
})

export const pusherField = z.object({ pusher: identifier.meta({ description: 'Id of the pusher.' }) })

/** The seed's client sends `CreatedAt`. */
export const pusherFields = pusherBody.extend({
  CreatedAt: pusherBody.shape.createdAt.meta({ description: 'The same as createdAt.' }),
})

/** A missing id has an error of its own. */
export const newPusherFields = pusherFields.extend({
  pusher: z
    .preprocess((value) => (value === '' || value === null ? undefined : value), identifier.optional())
    .meta({ description: 'Id of the pusher.' }),
})

export const pageFields = z.object({
  from: count(0).meta({ description: 'Number of pushers to skip.' }),
  size: count(10)
    .transform((size) => Math.min(size, 100))
    .meta({ description: 'Number of pushers in the answer, at most 100.' }),
  after: z
    .preprocess((value) => (value === '' ? undefined : value), identifier.optional())
    .meta({
      description: 'Id of the last pusher of the previous page. Use it instead of `from`: it is fast at any depth.',
    }),
})

export const searchFields = z.object({
  q: z
    .string()
    .refine((query) => !query.includes('\0'), 'must not contain a NUL character')
    .optional()
    .meta({ description: 'The query.' }),
  ...pageFields.shape,
})
