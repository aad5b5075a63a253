import type { Outcome, RetryableError } from '@carillon/contract'
import { NEXT_TURN } from '@carillon/outgoing'
import sendgrid from '@sendgrid/mail'
import type { Address } from './address.ts'
import type { Attachment } from './attachments.ts'
import { groupEqual } from './group.ts'
import { asciiHeader } from './header-lines.ts'
import type { SendgridOptions } from './options.ts'
import { failureOf } from './sendgrid-failure.ts'
import type { Letter, Transport } from './transport.ts'

/** Personalisations that one call takes. */
const MOST_RECIPIENTS = 1000
const CALLS_AT_ONCE = 20

/** Answers SendGrid's id of the call, which begins the ids of its mails. */
type Post = (letters: Letter[], signal: AbortSignal) => Promise<string | undefined>
type Delivered = [Letter, Outcome | RetryableError]

/** Sends through SendGrid's v3 API. Letters with the same content share a call, but see only their own recipient. */
export function sendgridTransport(options: SendgridOptions): Transport {
  const post: Post = async (letters, signal) => {
    // Not `send`, which copies each recipient several times
    const [response] = await clientFor(options, signal).request({
      method: 'POST',
      url: '/v3/mail/send',
      body: mailOf(letters),
    })
    return messageIdIn(response.headers)
  }
  return {
    name: 'SendGrid',
    async send(letter, signal) {
      const results = new Map(await deliver(post, [letter], signal))
      const result = results.get(letter)
      if (result instanceof Error) throw result
      return result
    },
    async sendMany(letters, signal) {
      const results = new Map(await deliverGroups(post, groupEqual(letters, MOST_RECIPIENTS), signal))
      return letters.map((letter) => results.get(letter))
    },
  }
}

async function deliverGroups(post: Post, groups: Letter[][], signal: AbortSignal): Promise<Delivered[]> {
  const delivered: Delivered[] = []
  const waiting = groups.values() // shared, so that each caller takes the next
  const caller = async () => {
    for (const group of waiting) {
      delivered.push(...(await deliver(post, group, signal)))
    }
  }
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, caller))
  return delivered
}

/** A refused recipient fails the whole call, and so does a call that is too large: halves are tried until one is alone. */
async function deliver(post: Post, letters: Letter[], signal: AbortSignal): Promise<Delivered[]> {
  if (signal.aborted) return letters.map((letter) => [letter, NEXT_TURN])
  try {
    const messageId = await post(letters, signal)
    return letters.map((letter) => [letter, { done: true, messageId }])
  } catch (error) {
    const { result, mayBeOfOne } = failureOf(error, Date.now())
    if (letters.length === 1 || !mayBeOfOne) return letters.map((letter) => [letter, result])
    const half = Math.ceil(letters.length / 2)
    return [
      ...(await deliver(post, letters.slice(0, half), signal)),
      ...(await deliver(post, letters.slice(half), signal)),
    ]
  }
}

function messageIdIn(headers: Record<string, unknown> | undefined): string | undefined {
  const id = headers?.['x-message-id']
  return typeof id === 'string' && id !== '' ? id : undefined
}

interface Client {
  setDefaultRequest(fields: { baseUrl: string; signal: AbortSignal; maxRedirects: number }): void
  setDefaultHeader(name: string, value: string): void
  request(request: {
    method: 'POST'
    url: string
    body: Mail
  }): Promise<[{ headers?: Record<string, unknown> }, unknown]>
}

/** The library's default export is an instance for everybody; its types hide the class. */
const MailService = sendgrid.constructor as new () => { client: Client }

/** One for each call, since the client takes the signal with its defaults. */
function clientFor({ apiKey, baseUrl }: SendgridOptions, signal: AbortSignal): Client {
  const { client } = new MailService()
  // A redirected POST would become a GET, whose success says nothing about the mail.
  client.setDefaultRequest({ baseUrl, signal, maxRedirects: 0 })
  // Not setApiKey, which writes to the console about keys that do not start as it likes.
  client.setDefaultHeader('Authorization', `Bearer ${apiKey}`)
  return client
}

/** The fields of SendGrid's v3 API: https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send */
interface Mail {
  from: Mailbox
  reply_to?: Mailbox
  subject: string
  content: Part[]
  headers?: Record<string, string>
  attachments?: SendgridFile[]
  personalizations: { to: [Mailbox]; cc?: Mailbox[]; bcc?: Mailbox[]; custom_args: Record<string, string> }[]
}

interface SendgridFile {
  filename: string
  /** In base64. */
  content: string
  type?: string
  disposition: 'attachment' | 'inline'
  content_id?: string
}

interface Mailbox {
  email: string
  name?: string
}

interface Part {
  type: 'text/plain' | 'text/html'
  value: string
}

function mailOf(letters: Letter[]): Mail {
  const [{ from, replyTo, subject, text, html, headers, attachments }] = letters as [Letter] // all alike, and never none
  return {
    from: mailbox(from),
    ...(replyTo && { reply_to: mailbox(replyTo) }),
    subject,
    content: partsOf(text, html),
    ...(Object.keys(headers).length > 0 && { headers: asciiHeaders(headers) }),
    ...(attachments.length > 0 && { attachments: attachments.map(sendgridFile) }),
    personalizations: letters.map(personalization),
  }
}

/** App and push id come back with SendGrid's events. */
function personalization({ to, cc, bcc, app, pushId }: Letter): Mail['personalizations'][number] {
  return {
    to: [mailbox(to)],
    ...(cc.length > 0 && { cc: cc.map(mailbox) }),
    ...(bcc.length > 0 && { bcc: bcc.map(mailbox) }),
    custom_args: { push_app: String(app), push_id: pushId },
  }
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
function partsOf(text: string, html: string): Part[] {
  const plain: Part = { type: 'text/plain', value: text || ' ' }
  return html ? [plain, { type: 'text/html', value: html }] : [plain]
}

function mailbox({ name, address }: Address): Mailbox {
  return name ? { email: address, name: quoted(name) } : { email: address }
}

/** SendGrid takes commas and semicolons in a bare name for the ends of addresses. */
function quoted(name: string): string {
  return /[,;]/.test(name) ? `"${name.replaceAll('"', '')}"` : name
}
