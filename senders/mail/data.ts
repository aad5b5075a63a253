import { lenientObject, nullIsAbsent, type ObjectSchema, strictObject } from '@carillon/contract'
import type { KnownNames, Templates } from '@carillon/template'
import * as z from 'zod'
import { hasControls, parseAddress, splitAddresses } from './address.ts'
import { attachmentsSchema } from './attachments.ts'

export type MailData = z.infer<ReturnType<typeof mailSchema>>

/**
 * The `data` of a push: all its texts but those of attachments are templates over the pusher.
 * @param known what they may name besides, in a stored template
 */
export function mailData(templates: Templates, known?: KnownNames) {
  return mailSchema({
    object: strictObject,
    longestText: LONGEST_TEXT,
    check: (source, html) => templates.check(source, { markup: html ? 'html' : undefined, known }),
  })
}

/** The same for a worker, which may find what an earlier version accepted. */
export function storedMail(templates: Templates) {
  return mailSchema({
    object: lenientObject,
    longestText: Infinity,
    check: (source, html) => templates.check(source, { markup: html ? 'html' : undefined, anyName: true }),
  })
}

/** What is wrong with a template; null when nothing is. */
type CheckTemplate = (source: string, html: boolean) => string | null

interface Rules {
  object: ObjectSchema
  /** Characters. */
  longestText: number
  check: CheckTemplate
}

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
      html: nullIsAbsent(html),
      from: nullIsAbsent(address),
      replyTo: nullIsAbsent(address),
      reply_to: nullIsAbsent(address),
      cc: nullIsAbsent(copies),
      bcc: nullIsAbsent(copies),
      headers: nullIsAbsent(headersSchema(header)),
      attachments: nullIsAbsent(attachmentsSchema(object)),
      createdAt: nullIsAbsent(unixSeconds),
    },
    'must be a JSON object with subject and text',
  )
    .refine(({ replyTo, reply_to }) => !(replyTo && reply_to), 'replyTo and reply_to are the same field: set only one')
    .transform(({ reply_to, ...data }) => ({ ...data, replyTo: data.replyTo ?? reply_to }))
}

const NO_TIME = 'must be unix seconds'

/** The legacy clients send it; nothing here depends on it. */
const unixSeconds = z
  .union([z.number(), z.string()], NO_TIME)
  .refine((value) => /^\d{1,15}$/.test(String(value)), NO_TIME)

function required() {
  return z
    .string({ error: ({ input }) => (input === undefined ? 'is required' : 'must be text') })
    .min(1, 'is required')
}

/** One text may hold several addresses, as in a mail program. */
function listed(value: unknown): unknown {
  return typeof value === 'string' ? splitAddresses(value) : value
}

function templateIssues(check: CheckTemplate, html: boolean) {
  return (source: string, context: z.RefinementCtx) => {
    const complaint = check(source, html)
    if (complaint) context.addIssue({ code: 'custom', message: `is not a valid template: ${complaint}` })
  }
}

/** What values will make of a template is seen when it is rendered. */
function mayBecomeAddress(source: string): boolean {
  return /\{[{%]/.test(source) || parseAddress(source) !== null
}

/** Each is a header of its own in most mailboxes' limits; more than these is a mistake. */
const MOST_HEADERS = 50
const LONGEST_VALUE = 2000

/** RFC 5322: printable ASCII without a colon. */
const FIELD_NAME = /^[!-9;-~]{1,76}$/

/** What has a field of its own in the data, or is the sender's or the server's to write. */
const RESERVED = new Set([
  'apparently-to',
  'authentication-results',
  'bcc',
  'cc',
  'date',
  'delivered-to',
  'dkim-signature',
  'domainkey-signature',
  'envelope-to',
  'errors-to',
  'from',
  'message-id',
  'mime-version',
  'received',
  'received-spf',
  'reply-to',
  'return-path',
  'sender',
  'subject',
  'to',
  'x-smtpapi', // SendGrid takes it for orders, such as further recipients
])
const RESERVED_BEGINNING = /^(?:arc|content|resent|x-original|x-sg)-/

/** Further headers by name; their values are templates, checked by `value`. */
function headersSchema<Value extends z.ZodType<string>>(value: Value) {
  const text = value.refine((given) => given.length <= LONGEST_VALUE, `must be at most ${LONGEST_VALUE} characters`)
  return z
    .record(z.string(), text, 'must be an object of names and texts')
    .refine((headers) => Object.keys(headers).length <= MOST_HEADERS, `must be at most ${MOST_HEADERS}`)
    .superRefine(checkNames)
}

function checkNames(headers: Record<string, string>, context: z.RefinementCtx): void {
  const seen = new Set<string>()
  for (const name of Object.keys(headers)) {
    const complaint = complaintAbout(name.toLowerCase(), seen)
    if (complaint) context.addIssue({ code: 'custom', path: FIELD_NAME.test(name) ? [name] : [], message: complaint })
    seen.add(name.toLowerCase())
  }
}

function complaintAbout(name: string, seen: ReadonlySet<string>): string | undefined {
  if (!FIELD_NAME.test(name)) return 'a name must have 1 to 76 visible ASCII characters without a colon'
  if (seen.has(name)) return 'is given twice'
  if (RESERVED.has(name) || RESERVED_BEGINNING.test(name))
    return 'cannot be set here: it has its own field, or the mail server sets it'
  return undefined
}
