import { parseJsonText } from '@carillon/contract'
import type { Templates } from '@carillon/template'
import * as z from 'zod'

export type SmsSchema = ReturnType<typeof smsData>
export type SmsData = z.infer<SmsSchema>

/**
 * The `data` of a push: `{text}` is a text of the caller's own, `{template, params, signName}`
 * fills in one that the provider has approved. Either may name another `phoneNumber` than the
 * pusher's. Text and params are templates over the pusher. Parsed, the two differ by `kind`.
 */
export function smsData(templates: Templates) {
  const text = required().superRefine(templateIssues(templates))
  const param = z
    .union([z.string(), z.number(), z.boolean()], 'must be text, a number, true or false')
    .superRefine(templateIssues(templates))
  const params = z.record(z.string(), param, 'must be a JSON object')
  const phoneNumber = z.string('must be text').optional()
  return z.preprocess(
    withKind,
    z.discriminatedUnion(
      'kind',
      [
        z.object({ kind: z.literal('text'), text, phoneNumber }),
        z.object({
          kind: z.literal('template'),
          template: required(),
          params: z.preprocess(parseJsonText, params).default({}),
          signName: required(),
          phoneNumber,
        }),
      ],
      'must be a JSON object with text, or with template, params and signName',
    ),
  )
}

/** The number that data names instead of the pusher's, whatever else is in it; empty when there is none. */
export function numberOf(data: unknown): string {
  const { phoneNumber }: Record<string, unknown> = Object(data)
  return typeof phoneNumber === 'string' ? phoneNumber : ''
}

function required() {
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
    .min(1, 'is required')
}

function templateIssues(templates: Templates) {
  return (source: unknown, context: z.RefinementCtx) => {
    const complaint = typeof source === 'string' ? templates.check(source) : null
    if (complaint) context.addIssue({ code: 'custom', message: `is a broken template: ${complaint}` })
  }
}

function withKind(data: unknown): unknown {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return data
  return { ...data, kind: 'template' in data ? 'template' : 'text' }
}
