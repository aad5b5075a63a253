import * as z from 'zod'

/* The shapes of answers, for the documentation. */

const seconds = z.number().int().meta({ description: 'Unix seconds.' })

/** Old clients send fields of their own, so these refuse nothing; a misspelt one should still be seen. */
export const ignoredAnswer = z.object({
  ignored: z
    .array(z.string())
    .optional()
    .meta({ description: 'Names of fields that were sent and that the call does not have.' }),
})

export const okAnswer = z.object({ result: z.literal('OK') })

export const nameAnswer = okAnswer.extend({ name: z.string() })

const pusher = z.object({
  id: z.string(),
  email: z.string(),
  nickname: z.string(),
  phoneNumber: z.string(),
  senders: z.array(z.string()),
  tags: z.array(z.string()),
  createdAt: seconds,
  timezone: z.string().meta({ description: 'IANA name; empty when unknown.' }),
  locale: z.string().meta({ description: 'BCP 47 tag; empty when unknown.' }),
  attributes: z.record(z.string(), z.unknown()),
})

export const pusherAnswer = z.object({ pusher })

export const listAnswer = z.object({
  pushers: z.array(pusher),
  total: z.number().int(),
  totalIsEstimate: z.literal(true).optional(),
  from: z.number().int(),
  size: z.number().int(),
})

export const searchAnswer = listAnswer.extend({ q: z.string() })

export const errorShape = z.object({ err: z.string(), code: z.string() })

export const manyAnswer = z.object({
  results: z
    .array(
      z.union([
        nameAnswer.extend({ id: z.string(), ...ignoredAnswer.shape }),
        errorShape.extend({ status: z.number().int() }),
      ]),
    )
    .meta({ description: 'In the order of the pushes.' }),
})

const count = z.number().int()

export const sendersAnswer = z.object({
  senders: z.array(
    z.object({
      name: z.string(),
      workers: count.meta({ description: 'Live workers that run it.' }),
      paused: z.boolean(),
      waiting: count.meta({ description: 'Due, and not taken.' }),
      delayed: count.meta({ description: 'Due later.' }),
      active: count.meta({ description: 'Being sent right now.' }),
      oldestDueAge: z.number().nullable().meta({ description: 'Seconds; null when nothing is due.' }),
    }),
  ),
})

export const healthAnswer = z.object({ ok: z.literal(true) })
