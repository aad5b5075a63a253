import { inBatches } from '@carillon/async'
import type { Outcome, RetryableError } from '@carillon/contract'
import { NEXT_TURN } from '@carillon/outgoing'
import sendgrid from '@sendgrid/mail'
import type { EmailAddress } from './address.ts'
import type { SendgridOptions } from './options.ts'
import { failureOf } from './sendgrid-failure.ts'
import { type Mail, mailOf } from './sendgrid-mail.ts'
import { withTags } from './sendgrid-tags.ts'
import type { Email, EmailTransport } from './transport.ts'

/** Personalisations that one call takes. */
const MOST_RECIPIENTS = 1000
const CALLS_AT_ONCE = 20

/** Answers SendGrid's id of the call, which begins the ids of its mails. */
type Post = (emails: Email[], signal: AbortSignal) => Promise<string | undefined>
type Delivered = [Email, Outcome | RetryableError]

/** Sends through SendGrid's v3 API. Emails with the same content share a call, but see only their own recipient. */
export function sendgridTransport(options: SendgridOptions): EmailTransport {
  const post: Post = async (emails, signal) => {
    // Not `send`, which copies each recipient several times
    const [response] = await clientFor(options, signal).request({
      method: 'POST',
      url: '/v3/mail/send',
      body: mailOf(emails),
    })
    return messageIdIn(response.headers)
  }
  return {
    name: 'SendGrid',
    async send(email, signal) {
      const results = new Map(await deliver(post, [email], signal))
      const result = results.get(email)
      if (result instanceof Error) throw result
      return result
    },
    async sendMany(emails, signal) {
      const tagged = emails.map(withTags)
      const results = new Map(await deliverGroups(post, groupEqual(tagged, MOST_RECIPIENTS), signal))
      return tagged.map((email) => results.get(email))
    },
  }
}

async function deliverGroups(post: Post, groups: Email[][], signal: AbortSignal): Promise<Delivered[]> {
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

/**
 * One refused recipient fails the whole call, and so does a call that is too large. So halves are tried, down to one
 * email.
 */
async function deliver(post: Post, emails: Email[], signal: AbortSignal): Promise<Delivered[]> {
  if (signal.aborted) return emails.map((email) => [email, NEXT_TURN])
  try {
    const messageId = await post(emails, signal)
    return emails.map((email) => [email, { done: true, messageId }])
  } catch (error) {
    const { result, mayBeOfOne } = failureOf(error, Date.now())
    if (emails.length === 1 || !mayBeOfOne) return emails.map((email) => [email, result])
    const half = Math.ceil(emails.length / 2)
    return [
      ...(await deliver(post, emails.slice(0, half), signal)),
      ...(await deliver(post, emails.slice(half), signal)),
    ]
  }
}

function messageIdIn(headers: Record<string, unknown> | undefined): string | undefined {
  const id = headers?.['x-message-id']
  return typeof id === 'string' && id !== '' ? id : undefined
}

interface SendgridClient {
  setDefaultRequest(fields: { baseUrl: string; signal: AbortSignal; maxRedirects: number }): void
  setDefaultHeader(name: string, value: string): void
  request(request: {
    method: 'POST'
    url: string
    body: Mail
  }): Promise<[{ headers?: Record<string, unknown> }, unknown]>
}

/** The library's default export is an instance for everybody; its types hide the class. */
const MailService = sendgrid.constructor as new () => { client: SendgridClient }

/** One for each call, since the client takes the signal with its defaults. */
function clientFor({ apiKey, baseUrl }: SendgridOptions, signal: AbortSignal): SendgridClient {
  const { client } = new MailService()
  // A redirected POST would become a GET, whose success does not mean that the email was accepted.
  client.setDefaultRequest({ baseUrl, signal, maxRedirects: 0 })
  // Not setApiKey, which writes to the console about keys that do not start as it likes.
  client.setDefaultHeader('Authorization', `Bearer ${apiKey}`)
  return client
}

/** Emails that differ in nothing but the recipient, at most `most` together; one that has copies goes alone. */
function groupEqual(emails: Email[], most: number): Email[][] {
  const groups = new Map<string, Email[]>()
  const alone: Email[][] = []
  let group: Email[] | undefined
  for (const email of emails) {
    if (hasCopies(email)) {
      alone.push([email])
      continue
    }
    // Emails of one broadcast mostly follow each other, and comparing two is cheaper than a look-up
    if (!group || !haveEqualContent(group[0]!, email)) group = groupOf(groups, email)
    group.push(email)
  }
  return [...alone, ...[...groups.values()].flatMap((equal) => inBatches(equal, most))]
}

/** Copies count as recipients of a call, and one that is refused would fail the whole of it. */
function hasCopies({ cc, bcc }: Email): boolean {
  return cc.length > 0 || bcc.length > 0
}

function haveEqualContent(one: Email, other: Email): boolean {
  return (
    one.subject === other.subject &&
    one.text === other.text &&
    one.html === other.html &&
    areEqual(one.from, other.from) &&
    areEqual(one.replyTo, other.replyTo) &&
    extrasOf(one) === extrasOf(other)
  )
}

function areEqual(one: EmailAddress | undefined, other: EmailAddress | undefined): boolean {
  return one?.name === other?.name && one?.address === other?.address
}

function groupOf(groups: Map<string, Email[]>, email: Email): Email[] {
  const content = contentOf(email)
  const known = groups.get(content)
  if (known) return known
  const group: Email[] = []
  groups.set(content, group)
  return group
}

/** Header fields hold no line break. */
function contentOf(email: Email): string {
  const { from, replyTo, subject, text, html } = email
  return [extrasOf(email), ...fields(from), ...fields(replyTo), subject, text.length, text, html].join('\n')
}

/** Empty for most emails. */
function extrasOf({ headers, list, attachments }: Email): string {
  const names = Object.keys(headers)
  if (names.length === 0 && attachments.length === 0) return list ? 'list' : ''
  const files = attachments.map(({ filename, contentType, cid, digest }) => [filename, contentType, cid, digest])
  return JSON.stringify([headers, files, list !== undefined])
}

function fields(mailbox: EmailAddress | undefined): string[] {
  return [mailbox?.name ?? '', mailbox?.address ?? '']
}
