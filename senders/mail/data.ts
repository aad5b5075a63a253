import { lenientObject, type ObjectSchema, strictObject } from '@carillon/contract'
import type { Templates } from '@carillon/template'
import * as z from 'zod'
import { hasControls, parseAddress, splitAddresses } from './address.ts'
import { attachmentsSchema } from './attachment-data.ts'
import { headersSchema } from './headers.ts'

export type MailData = z.infer<typeof mailShape>

/** The `data` of a push: all its texts but those of attachments are templates over the pusher. */
export function mailData(templates: Templates) {
  return mailSchema({
    object: strictObject,
    longestText: LONGEST_TEXT,
    check: (source, html) => templates.check(source, { html }),
  })
}

/** The same for a worker, which may find what an earlier version accepted. */
export function storedMail(templates: Templates) {
  return mailSchema({ ...STORED, check: (source, html) => templates.check(source, { html, anyName: true }) })
}

/** What is wrong with a template; null when nothing is. */
type Check = (source: string, html: boolean) => string | null

interface Rules {
  object: ObjectSchema
  /** Characters. */
  longestText: number
  check: Check
}

const STORED = { object: lenientObject, longestText: Infinity }

/** Characters; a mail may be larger by its attachments only. */
const LONGEST_TEXT = 1024 * 1024
const TOO_LONG = 'must be at most 1 MB'

/** Addresses of a cc, and as many of a bcc. */
const MOST_COPIES = 50

function mailSchema({ object, longestText, check }: Rules) {
  const text = required().max(longestText, TOO_LONG).superRefine(templateIssues(check, false))
  const header = text.refine((value) => !hasControls(value), 'must not contain line breaks or other control characters')
  const address = header.refine(mayBecomeAddress, 'must be an email address, or a name and an address in <>')
  const copies = z
    .preprocess(listed, z.array(address, 'must be an email address, or a list of them'))
    .refine((list) => list.length <= MOST_COPIES, `must be at most ${MOST_COPIES} addresses`)
  const html = required().max(longestText, TOO_LONG).superRefine(templateIssues(check, true))
  return object(
    {
      subject: header,
      text,
      html: optional(html),
      from: optional(address),
      replyTo: optional(address),
      reply_to: optional(address),
      cc: optional(copies),
      bcc: optional(copies),
      headers: optional(headersSchema(header)),
      attachments: optional(attachmentsSchema(object)),
      createdAt: optional(unixSeconds),
    },
    'must be a JSON object with subject and text',
  )
    .refine(({ replyTo, reply_to }) => !(replyTo && reply_to), 'replyTo and reply_to are the same field: set only one')
    .transform(({ reply_to, ...data }) => ({ ...data, replyTo: data.replyTo ?? reply_to }))
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

/** One text may hold several addresses, as in a mail program. */
function listed(value: unknown): unknown {
  return typeof value === 'string' ? splitAddresses(value) : value
}

function templateIssues(check: Check, html: boolean) {
  return (source: string, context: z.RefinementCtx) => {
    const complaint = check(source, html)
    if (complaint) context.addIssue({ code: 'custom', message: `is not a valid template: ${complaint}` })
  }
}

/** What values will make of a template is seen when it is rendered. */
function mayBecomeAddress(source: string): boolean {
  return /\{[{%]/.test(source) || parseAddress(source) !== null
}

/** The same without a look into the templates: whoever renders them hears of it anyway. */
export const mailShape = mailSchema({ ...STORED, check: () => null })
