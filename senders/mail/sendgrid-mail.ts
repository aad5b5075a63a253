import type { EmailAddress } from './address.ts'
import type { Attachment } from './attachments.ts'
import type { ListHeaders } from './list-headers.ts'
import { asciiHeader } from './mime.ts'
import type { TaggedEmail } from './sendgrid-tags.ts'

/** The fields of SendGrid's v3 API: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send */
export interface Mail {
  from: SendgridMailbox
  reply_to?: SendgridMailbox
  subject: string
  content: SendgridContent[]
  headers?: Record<string, string>
  attachments?: SendgridFile[]
  tracking_settings?: { subscription_tracking: { enable: false } }
  personalizations: {
    to: [SendgridMailbox]
    headers?: Record<string, string>
    substitutions?: Record<string, string>
    cc?: SendgridMailbox[]
    bcc?: SendgridMailbox[]
    custom_args: Record<string, string>
  }[]
}

interface SendgridFile {
  filename: string
  /** In base64. */
  content: string
  type?: string
  disposition: 'attachment' | 'inline'
  content_id?: string
}

interface SendgridMailbox {
  email: string
  name?: string
}

interface SendgridContent {
  type: 'text/plain' | 'text/html'
  value: string
}

export function mailOf(emails: TaggedEmail[]): Mail {
  const [{ from, replyTo, subject, text, html, headers, list, attachments }] = emails as [TaggedEmail] // all alike, and never none
  return {
    from: mailbox(from),
    ...(replyTo && { reply_to: mailbox(replyTo) }),
    subject,
    content: partsOf(text, html),
    ...(!list && hasAny(headers) && { headers: asciiHeaders(headers) }),
    ...(list && WITHOUT_OTHER_LINKS),
    ...(attachments.length > 0 && { attachments: attachments.map(sendgridFile) }),
    personalizations: emails.map(personalization),
  }
}

/** SendGrid would write its own `List-Unsubscribe`, and add a link to the text, where its account tracks subscriptions. */
const WITHOUT_OTHER_LINKS = { tracking_settings: { subscription_tracking: { enable: false } } } as const

/** App and push id come back with SendGrid's events. */
function personalization(email: TaggedEmail): Mail['personalizations'][number] {
  const { to, cc, bcc, headers, list, substitutions, app, pushId } = email
  return {
    to: [mailbox(to)],
    ...(cc.length > 0 && { cc: cc.map(mailbox) }),
    ...(bcc.length > 0 && { bcc: bcc.map(mailbox) }),
    // All of them: a field here replaces the whole field of the message
    ...(list && { headers: { ...asciiHeaders(headers), ...listHeadersOf(list) } }),
    ...(substitutions && { substitutions }),
    custom_args: { push_app: String(app), push_id: pushId },
  }
}

function listHeadersOf(list: ListHeaders): Record<string, string> {
  return Object.fromEntries(Object.entries(list).map(([name, parts]) => [name, parts.join(' ')]))
}

function hasAny(headers: Record<string, string>): boolean {
  return Object.keys(headers).length > 0
}

function sendgridFile({ filename, contentType, cid, content }: Attachment): SendgridFile {
  return {
    filename,
    content: content.toString('base64'),
    ...(contentType !== undefined && { type: contentType }),
    ...(cid === undefined ? { disposition: 'attachment' } : { disposition: 'inline', content_id: cid }),
  }
}

/** SendGrid writes them as they are. */
function asciiHeaders(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, asciiHeader(value)]))
}

/** SendGrid refuses an empty part. */
function partsOf(text: string, html: string): SendgridContent[] {
  const plain: SendgridContent = { type: 'text/plain', value: text || ' ' }
  return html ? [plain, { type: 'text/html', value: html }] : [plain]
}

function mailbox({ name, address }: EmailAddress): SendgridMailbox {
  return name ? { email: address, name: quoted(name) } : { email: address }
}

/** SendGrid takes commas and semicolons in a bare name for the ends of addresses. */
function quoted(name: string): string {
  return /[,;]/.test(name) ? `"${name.replaceAll('"', '')}"` : name
}
