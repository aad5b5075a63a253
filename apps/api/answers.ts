import { pusherSchema } from '@carillon/contract'
import * as z from 'zod'

/*
 * The shapes of answers, for the documentation. A shape with an `id` is a component of the OpenAPI document. An example
 * of a whole answer is put together from those of its parts.
 */

const seconds = z.number().int().meta({ description: 'Unix seconds.' })

/** Old clients send fields of their own, so these refuse nothing; a misspelt one should still be seen. */
export const ignoredAnswer = z.object({
  ignored: z
    .array(z.string())
    .optional()
    .meta({ description: 'Names of fields in the request that this call does not know.' }),
})

export const okAnswer = z.object({ result: z.literal('OK') })

export const nameAnswer = okAnswer.extend({
  name: z.string().meta({
    description: 'Name of the push. Use it to cancel the push.',
    examples: ['lupino_67f09a03afb55f07fd948aa268f9ae21'],
  }),
})

const pusher = pusherSchema
  .extend({
    createdAt: seconds,
    timezone: z.string().meta({ description: 'IANA name; empty when unknown.' }),
    locale: z.string().meta({ description: 'BCP 47 tag; empty when unknown.' }),
    attributes: z
      .record(z.string(), z.unknown())
      .meta({ description: 'Your own JSON object, for searches and templates.' }),
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
      },
    ],
  })

export const pusherAnswer = z.object({ pusher })

export const listAnswer = z.object({
  pushers: z.array(pusher),
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

export const searchAnswer = listAnswer.extend({ q: z.string().meta({ examples: ['tags:vip'] }) })

export const errorShape = z
  .object({
    err: z.string().meta({ description: 'A sentence for people.' }),
    code: z.string().meta({ description: 'A code for programs. It never changes.' }),
  })
  .meta({ id: 'Error' })

export const manyAnswer = z.object({
  results: z
    .array(
      z.union([
        nameAnswer.extend({ id: z.string(), ...ignoredAnswer.shape }),
        errorShape.extend({ status: z.number().int() }),
      ]),
    )
    .meta({
      description: 'In the order of the pushes.',
      examples: [
        [
          { result: 'OK', name: 'lupino_67f09a03afb55f07fd948aa268f9ae21', id: '1' },
          { err: 'pusher nobody not exists.', code: 'pusher_not_found', status: 404 },
        ],
      ],
    }),
})

const count = z.number().int()

const sender = z
  .object({
    name: z.string(),
    workers: count.meta({ description: 'Workers that currently run this sender.' }),
    paused: z.boolean(),
    waiting: count.meta({ description: 'Pushes that are due and not claimed yet.' }),
    delayed: count.meta({ description: 'Pushes that are due later.' }),
    active: count.meta({ description: 'Pushes that are being sent.' }),
    oldestDueAge: z
      .number()
      .nullable()
      .meta({ description: 'Seconds since the oldest waiting push became due, or null if none is due.' }),
  })
  .meta({
    id: 'Sender',
    examples: [{ name: 'sendmail', workers: 1, paused: false, waiting: 2, delayed: 3, active: 1, oldestDueAge: 0.4 }],
  })

export const sendersAnswer = z.object({ senders: z.array(sender) })

export const healthAnswer = z.object({ ok: z.literal(true) })
