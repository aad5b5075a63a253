import type { Outcome, RetryableError } from '@carillon/contract'
import { NEXT_TURN } from '@carillon/failover'
import sendgrid from '@sendgrid/mail'
import type { Address } from './address.ts'
import { groupEqual } from './group.ts'
import type { SendgridOptions } from './options.ts'
import { failureOf } from './sendgrid-failure.ts'
import type { Letter, Transport } from './transport.ts'

/** Personalisations that one call takes. */
const MOST_RECIPIENTS = 1000
const CALLS_AT_ONCE = 20

type Mail = Parameters<typeof sendgrid.send>[0]
/** Answers SendGrid's id of the call, which begins the ids of its mails. */
type Post = (letters: Letter[], signal: AbortSignal) => Promise<string | undefined>
type Delivered = [Letter, Outcome | RetryableError]

/** Sends through SendGrid's v3 API. Letters with the same content share a call, but see only their own recipient. */
export function sendgridTransport(options: SendgridOptions): Transport {
  const post: Post = async (letters, signal) => {
    const [response] = await serviceFor(options, signal).send(mailOf(letters))
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
      if (signal.aborted) delivered.push(...group.map((letter): Delivered => [letter, NEXT_TURN]))
      else delivered.push(...(await deliver(post, group, signal)))
    }
  }
  await Promise.all(Array.from({ length: CALLS_AT_ONCE }, caller))
  return delivered
}

/** A refused recipient fails the whole call: halves are tried until it is alone. */
async function deliver(post: Post, letters: Letter[], signal: AbortSignal): Promise<Delivered[]> {
  try {
    const messageId = await post(letters, signal)
    return letters.map((letter) => [letter, { done: true, messageId }])
  } catch (error) {
    const { result, isAboutRecipients } = failureOf(error, Date.now())
    if (letters.length === 1 || !isAboutRecipients) return letters.map((letter) => [letter, result])
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

type MailService = typeof sendgrid & {
  client: {
    setDefaultRequest(fields: { baseUrl: string; signal: AbortSignal; maxRedirects: number }): void
    setDefaultHeader(name: string, value: string): void
  }
}

/** The library's default export is an instance for everybody; its types hide the class. */
const MailService = sendgrid.constructor as new () => MailService

/** One for each call, since the client takes the signal with its defaults. */
function serviceFor({ apiKey, baseUrl }: SendgridOptions, signal: AbortSignal): MailService {
  const service = new MailService()
  // A redirected POST would become a GET, whose success says nothing about the mail.
  service.client.setDefaultRequest({ baseUrl, signal, maxRedirects: 0 })
  // Not setApiKey, which writes to the console about keys that do not start as it likes.
  service.client.setDefaultHeader('Authorization', `Bearer ${apiKey}`)
  return service
}

function mailOf(letters: Letter[]): Mail {
  const [{ from, replyTo, subject, text, html }] = letters as [Letter] // all alike, and never none
  return {
    from: mailbox(from),
    ...(replyTo && { replyTo: mailbox(replyTo) }),
    subject,
    content: content(text, html),
    personalizations: letters.map(personalization),
  }
}

/** App and push id come back with SendGrid's events. */
function personalization({ to, app, pushId }: Letter) {
  return { to: mailbox(to), customArgs: { push_app: String(app), push_id: pushId } }
}

/** SendGrid refuses an empty part. */
function content(text: string, html: string): [Part, ...Part[]] {
  const plain = { type: 'text/plain', value: text || ' ' }
  return html ? [plain, { type: 'text/html', value: html }] : [plain]
}

interface Part {
  type: string
  value: string
}

function mailbox({ name, address }: Address): { email: string; name?: string } {
  return name ? { email: address, name: quoted(name) } : { email: address }
}

/** SendGrid takes commas and semicolons in a bare name for the ends of addresses. */
function quoted(name: string): string {
  return /[,;]/.test(name) ? `"${name.replaceAll('"', '')}"` : name
}
