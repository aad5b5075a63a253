import * as z from 'zod'

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
export function headersSchema<Value extends z.ZodType<string>>(value: Value) {
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
