import type { Templates } from '@carillon/template'
import * as z from 'zod'
import { hasControls, parseAddress } from './address.ts'

export type MailData = z.infer<typeof mailShape>

/** The `data` of a push: all its texts are templates over the pusher. */
export function mailData(templates: Templates) {
  return mailSchema((source, html) => templates.check(source, { html }))
}

type Check = (source: string, html: boolean) => string | null

function mailSchema(check: Check) {
  const text = required().superRefine(templateIssues(check, false))
  const header = text.refine((value) => !hasControls(value), 'must not contain line breaks or other control characters')
  const address = header.refine(mayBecomeAddress, 'must be an email address, or a name and an address in <>')
  const html = required().superRefine(templateIssues(check, true))
  return z.object(
    {
      subject: header,
      text,
      html: optional(html),
      from: optional(address),
      replyTo: optional(address),
      createdAt: optional(unixSeconds),
    },
    'must be a JSON object with subject and text',
  )
}

const NO_TIME = 'must be unix seconds'

/** The seed's clients send it; nothing here depends on it. */
const unixSeconds = z
  .union([z.number(), z.string()], NO_TIME)
  .refine((value) => /^\d{1,15}$/.test(String(value)), NO_TIME)

function required() {
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
    .min(1, 'is required')
}

/** Absent, null or empty is undefined. */
function optional<T extends z.ZodType>(schema: T) {
  return z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional())
}

function templateIssues(check: Check, html: boolean) {
  return (source: string, context: z.RefinementCtx) => {
    const complaint = check(source, html)
    if (complaint) context.addIssue({ code: 'custom', message: `is a broken template: ${complaint}` })
  }
}

/** What values will make of a template is seen when it is rendered. */
function mayBecomeAddress(source: string): boolean {
  return /\{[{%]/.test(source) || parseAddress(source) !== null
}

/** The same without a look into the templates: whoever renders them hears of it anyway. */
export const mailShape = mailSchema(() => null)
