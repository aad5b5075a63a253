import * as z from 'zod'
import { withAudit } from '@carillon/core'
import { endpoint } from '../endpoint.ts'
import { okAnswer, senderField } from './schemas.ts'

const namedSenderParams = z.object({ name: senderField })

const count = z.number().int()

const breaker = z.object({
  transport: z.string(),
  outage: z.string().meta({ description: 'A code for what is wrong with it.' }),
  openSince: z.number().meta({ description: 'Unix seconds.' }),
  nextProbe: z.number().meta({ description: 'When one message tries it again, in Unix seconds.' }),
  workers: count.meta({ description: 'Workers that do not use it.' }),
})

const rateShape = z.object({
  count,
  seconds: count,
  usedUpUntil: z
    .number()
    .nullable()
    .meta({ description: 'Until then nothing more is sent, in Unix seconds, or null if messages may be sent.' }),
})

const senderShape = z
  .object({
    name: z.string(),
    workers: count.meta({ description: 'Workers that currently run this sender.' }),
    missing: z
      .string()
      .nullable()
      .meta({ description: 'What a worker lacks to run this sender, or null if it lacks nothing.' }),
    outbox: z.string().nullable().meta({
      description: 'What to set so that messages are sent, if a worker writes them to files in its outbox; else null.',
    }),
    paused: z.boolean(),
    rate: rateShape.nullable().meta({ description: 'How often all workers together may send, or null for no limit.' }),
    concurrency: count.meta({ description: 'Calls that may run at once, on all workers together.' }),
    transports: z.array(z.string()).meta({ description: 'Names of the transports that workers use.' }),
    breakers: z.array(breaker).meta({ description: 'Transports that are not used for now, because they failed.' }),
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
    examples: [
      {
        name: 'sendmail',
        workers: 1,
        missing: null,
        outbox: null,
        paused: false,
        rate: { count: 10, seconds: 1, usedUpUntil: null },
        concurrency: 100,
        transports: ['SendGrid', 'SMTP'],
        breakers: [],
        waiting: 2,
        delayed: 3,
        active: 1,
        oldestDueAge: 0.4,
      },
    ],
  })

const sendersAnswer = z.object({ senders: z.array(senderShape) })

export const listSenders = endpoint({
  guard: 'signed',
  summary: 'List senders',
  notes: 'With their live workers, what those report of them, and the pushes that wait.',
  answer: sendersAnswer,
  errors: [],
  async handle({ app }, { senders }) {
    return { senders: await senders.status(app.id) }
  },
})

export const pauseSender = endpoint({
  guard: 'signed',
  summary: 'Pause a sender',
  notes: 'New pushes are still accepted, and wait. Messages that are being sent are completed.',
  params: namedSenderParams,
  answer: okAnswer,
  errors: ['invalid_field'],
  async handle({ app, actor, params: { name } }, { senders, audit }) {
    const action = { app: app.id, action: 'sender.pause', target: name }
    await withAudit(audit, actor(), action, () => senders.pause(app.id, name))
    return { result: 'OK' }
  },
})

export const resumeSender = endpoint({
  guard: 'signed',
  summary: 'Resume a sender',
  params: namedSenderParams,
  answer: okAnswer,
  errors: ['invalid_field'],
  async handle({ app, actor, params: { name } }, { core, audit }) {
    const action = { app: app.id, action: 'sender.resume', target: name }
    await withAudit(audit, actor(), action, () => core.resumeSender(app.id, name))
    return { result: 'OK' }
  },
})
