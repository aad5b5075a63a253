import { lenientObject, type ObjectSchema, strictObject } from '@carillon/contract'
import type { KnownNames, Templates } from '@carillon/template'
import * as z from 'zod'

export type SmsData = z.infer<ReturnType<typeof smsSchema>>

/**
 * The `data` of a push: `{text}` is a text of the caller's own, `{template, params, signName}`
 * fills in one that the provider has approved. Either may name another `phoneNumber` than the
 * pusher's. Text and params are templates over the pusher. Parsed, the two differ by `kind`.
 */
export function smsData(templates: Templates) {
  return smsSchema(strictObject, (source) => templates.check(source))
}

/**
 * The same for a stored template, which names no phone number: it is for many pushers.
 * @param known what its texts may name besides the pusher
 */
export function smsTemplate(templates: Templates, known: KnownNames) {
  return smsSchema(strictObject, (source) => templates.check(source, { known })).refine(
    ({ phoneNumber }) => phoneNumber === undefined,
    { path: ['phoneNumber'], message: 'cannot be set in a template' },
  )
}

/** The same for a worker, which may find what an earlier version accepted. */
export function storedSms(templates: Templates) {
  return smsSchema(lenientObject, (source) => templates.check(source, { anyName: true }))
}

function smsSchema(object: ObjectSchema, check: CheckSmsTemplate) {
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

/** What is wrong with a template; null when nothing is. */
type CheckSmsTemplate = (source: string) => string | null

/** Values by name, or a text of the caller's own, which the provider gets as it is. */
type Params = z.infer<ReturnType<typeof paramsSchema>>

/**
 * The variables of a template: an object of simple values, the same as JSON text, or any other text, as older clients sent
 * it. Texts are templates over the pusher, in the JSON of a text too.
 */
function paramsSchema(check: CheckSmsTemplate) {
  const simple = z.union([z.string(), z.number(), z.boolean()], 'must be text, a number, true or false')
  const values = z.record(z.string(), simple.superRefine(templateIssues(check)), 'must be a JSON object, or text')
  return z.unknown().transform((given, context) => {
    const value = typeof given === 'string' ? (simpleValuesIn(given) ?? given) : (given ?? {})
    if (typeof value === 'string') {
      mapTexts(value, (source) => {
        templateIssues(check)(source, context)
        return source
      })
      return value
    }
    const read = values.safeParse(value)
    if (read.success) return read.data
    for (const { path, message } of read.error.issues) context.addIssue({ code: 'custom', path, message })
    return z.NEVER
  })
}

/** As the provider takes them; empty where there are none. */
export function renderParams(params: Params, render: (source: string) => string): string | Record<string, string> {
  if (typeof params === 'string') return mapTexts(params, render)
  return Object.fromEntries(Object.entries(params).map(([name, value]) => [name, render(String(value))]))
}

function templateIssues(check: CheckSmsTemplate) {
  return (source: unknown, context: z.RefinementCtx) => {
    const complaint = typeof source === 'string' ? check(source) : null
    if (complaint) context.addIssue({ code: 'custom', message: `is not a valid template: ${complaint}` })
  }
}

/** An object whose values need no rendering of their own; a text that is anything else goes out as it is. */
function simpleValuesIn(text: string): Record<string, string | number | boolean> | undefined {
  const parsed = jsonIn(text)
  const isSimple = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) return undefined
  return Object.values(parsed).every(isSimple) ? (parsed as Record<string, string | number | boolean>) : undefined
}

/** The text with what `map` makes of each text in its JSON, or of the text itself if it is not JSON; unchanged without a template. */
function mapTexts(text: string, map: (source: string) => string): string {
  if (!/\{[{%]/.test(text)) return text
  const parsed = jsonIn(text)
  if (typeof parsed !== 'object' || parsed === null) return map(text)
  return JSON.stringify(parsed, (_key, value: unknown) => (typeof value === 'string' ? map(value) : value))
}

/** Characters; no provider takes as many, and what is nested too deeply cannot be written again. */
const LONGEST_JSON = 4000

function jsonIn(text: string): unknown {
  if (text.length > LONGEST_JSON) return undefined
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
