import { lenientObject, type ObjectSchema, strictObject } from '@carillon/contract'
import type { Templates } from '@carillon/template'
import * as z from 'zod'
import { type Check, paramsSchema, templateIssues } from './params.ts'

export type SmsSchema = ReturnType<typeof smsSchema>
export type SmsData = z.infer<SmsSchema>

/**
 * The `data` of a push: `{text}` is a text of the caller's own, `{template, params, signName}`
 * fills in one that the provider has approved. Either may name another `phoneNumber` than the
 * pusher's. Text and params are templates over the pusher. Parsed, the two differ by `kind`.
 */
export function smsData(templates: Templates) {
  return smsSchema(strictObject, (source) => templates.check(source))
}

/** The same for a worker, which may find what an earlier version accepted. */
export function storedSms(templates: Templates) {
  return smsSchema(lenientObject, (source) => templates.check(source, { anyName: true }))
}

function smsSchema(object: ObjectSchema, check: Check) {
  const expected = 'must be a JSON object with text, or with template, params and signName'
  const phoneNumber = z.string('must be text').optional()
  const text = object({ text: required().superRefine(templateIssues(check)), phoneNumber }, expected)
  const template = object(
    { template: required(), params: paramsSchema(check).default({}), signName: required(), phoneNumber },
    expected,
  )
  return z.unknown().transform((data, context) => {
    if ('template' in Object(data)) {
      const read = template.safeParse(data)
      return read.success ? { kind: 'template' as const, ...read.data } : refused(read.error, context)
    }
    const read = text.safeParse(data)
    return read.success ? { kind: 'text' as const, ...read.data } : refused(read.error, context)
  })
}

function refused(error: z.ZodError, context: z.RefinementCtx): never {
  for (const { path, message } of error.issues) context.addIssue({ code: 'custom', path, message })
  return z.NEVER
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
