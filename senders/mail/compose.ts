import { createHash } from 'node:crypto'
import { domainToASCII } from 'node:url'
import type { Outcome, Push, RenderedPush, SenderContext } from '@carillon/contract'
import { saysSomething, TemplateError, type Templates } from '@carillon/template'
import { type EmailAddress, headerText, parseAddress } from './address.ts'
import { type AttachmentData, type LoadAttachments, UnusableAttachment } from './attachments.ts'
import { type Bodies, bodyRenderer, isNothing } from './body.ts'
import type { MailData } from './data.ts'
import { isListHeader, listHeaders } from './list-headers.ts'
import { watchLinks } from './shown-links.ts'
import type { Email } from './transport.ts'

export interface ComposeEmailDeps {
  templates: Templates
  /** Where a push does not say from whom. */
  from: EmailAddress
  /** Where people can also unsubscribe by an email. */
  unsubscribeMailto: string | undefined
}

export type GiveUp = Extract<Outcome, { giveUp: string }>

/** An email whose attachments are still to be loaded. */
interface Draft extends Omit<Email, 'attachments'> {
  files: readonly AttachmentData[]
}

/** Renders a push for its pusher, or returns why it can never be sent. */
export type ComposeEmail = (push: Push<MailData>) => Draft | GiveUp

export function createComposer(composing: ComposeEmailDeps): ComposeEmail {
  const rendering = { ...composing, renderContent: contentRenderer(composing.templates) }
  return (push) => {
    const { pusher } = push
    if (pusher.email.trim() === '') return { giveUp: `the pusher ${pusher.id} has no email address`, noAddress: true }
    const recipient = parseAddress(pusher.email)
    if (!recipient) return { giveUp: `the email address of ${pusher.id} is invalid`, noAddress: true }
    try {
      return draftOf(push, recipient.address, rendering)
    } catch (error) {
      if (error instanceof Unsendable) return { giveUp: error.message }
      if (error instanceof TemplateError && !error.timedOut) return { giveUp: `a template failed: ${error.message}` }
      throw error
    }
  }
}

interface Rendering extends ComposeEmailDeps {
  renderContent: RenderContent
}

/** The rendered email cannot be sent. */
class Unsendable extends Error {}

/** What a recipient reads. */
interface Content extends Bodies {
  subject: string
}

/** @throws Unsendable, TemplateError */
type RenderContent = (push: RenderedPush<MailData>) => Content

export function contentRenderer(templates: Templates): RenderContent {
  const renderBodies = bodyRenderer(templates)
  return (push) => {
    const subject = headerText(templates.compile(push.data.subject)(push))
    if (!saysSomething(subject)) throw new Unsendable('the subject is empty after rendering')
    const bodies = renderBodies(push)
    if (isNothing(bodies)) throw new Unsendable('the text is empty after rendering')
    return { subject, ...bodies }
  }
}

function draftOf(push: Push<MailData>, recipient: string, rendering: Rendering): Draft {
  const { templates, from, renderContent, unsubscribeMailto } = rendering
  const { pusher, data, template, links } = push
  const watched = links && watchLinks(links)
  const rendered = { pusher, data, template, links: watched?.links }
  const header = (source: string) => headerText(templates.compile(source)(rendered))
  const content = renderContent(rendered)
  const list = links && listHeaders(links, unsubscribeMailto)
  const sender = data.from ? readAddress('from', header(data.from)) : from
  return {
    app: push.app,
    pushId: push.id,
    from: sender,
    to: { name: headerText(pusher.nickname), address: recipient },
    ...copiesOf(data, recipient, (field, source) => readAddress(field, header(source))),
    ...(data.replyTo && { replyTo: readAddress('replyTo', header(data.replyTo)) }),
    headers: headersOf(list ? withoutListHeaders(data) : data, header),
    list,
    ownLinks: [...(watched?.shown ?? [])],
    ...content,
    files: data.attachments ?? [],
    messageId: () => `${fingerprint(push)}@${domainOf(sender)}`,
  }
}

/** Nobody gets an email twice, and SendGrid refuses one that names an address twice. The first occurrence stays. */
function copiesOf(
  { cc = [], bcc = [] }: MailData,
  recipient: string,
  read: (field: string, source: string) => EmailAddress,
): Pick<Email, 'cc' | 'bcc'> {
  const known = new Set([recipient.toLowerCase()])
  const unseen = (addresses: EmailAddress[]) =>
    addresses.filter(({ address }) => {
      const isNew = !known.has(address.toLowerCase())
      known.add(address.toLowerCase())
      return isNew
    })
  return {
    cc: unseen(cc.map((source) => read('cc', source))),
    bcc: unseen(bcc.map((source) => read('bcc', source))),
  }
}

/** A header without a value is left out, as mail servers refuse it. */
function headersOf({ headers = {} }: Pick<MailData, 'headers'>, render: (source: string) => string): Email['headers'] {
  const rendered = Object.entries(headers).map(([name, source]) => [name, render(source)] as const)
  return Object.fromEntries(rendered.filter(([, value]) => value !== ''))
}

/** A caller must not double or replace the headers of a list. */
function withoutListHeaders({ headers = {} }: MailData): Pick<MailData, 'headers'> {
  return { headers: Object.fromEntries(Object.entries(headers).filter(([name]) => !isListHeader(name))) }
}

function readAddress(field: string, text: string): EmailAddress {
  const address = parseAddress(text)
  if (!address) throw new Unsendable(`${field} does not render to an email address`)
  return address
}

/** The id alone is not unique: another database counts from 1 too, and mailboxes drop a Message-ID they have seen. */
function fingerprint({ app, id, name }: Push): string {
  return createHash('sha256')
    .update(JSON.stringify([app, id, name]))
    .digest('hex')
    .slice(0, 32)
}

/** In ASCII, whatever the sender's is: a Message-ID takes nothing else. */
function domainOf({ address }: EmailAddress): string {
  return domainToASCII(address.slice(address.indexOf('@') + 1)) || 'localhost'
}

interface PrepareEmailDeps {
  compose: ComposeEmail
  load: LoadAttachments
  areSuppressed?: SenderContext['areSuppressed']
}

/**
 * An email that can be sent, or why it can never be sent.
 * @throws RetryableError where an attachment may be there later
 */
export type Prepare = (push: Push<MailData>) => Promise<Email | GiveUp>

/** Composes an email, loads its attachments, and leaves out copies to addresses that are suppressed. */
export function preparer({ compose, load, areSuppressed }: PrepareEmailDeps): Prepare {
  return async (push) => {
    const composed = compose(push)
    if ('giveUp' in composed) return composed
    const { files, ...email } = composed
    if (files.length === 0 && !hasCopies(email)) return { ...email, attachments: [] }
    try {
      const attachments = await load(files)
      const copies = areSuppressed && hasCopies(email) ? await withoutSuppressed(email, push, areSuppressed) : {}
      return { ...email, ...copies, attachments }
    } catch (error) {
      if (error instanceof UnusableAttachment) return { giveUp: error.message }
      throw error
    }
  }
}

type Copies = Pick<Draft, 'cc' | 'bcc'>

function hasCopies({ cc, bcc }: Copies): boolean {
  return cc.length > 0 || bcc.length > 0
}

/** The recipient's own address was checked before. A suppressed copy does not stop the email. */
async function withoutSuppressed(
  { cc, bcc }: Copies,
  { app, log }: Push,
  areSuppressed: NonNullable<PrepareEmailDeps['areSuppressed']>,
): Promise<Copies> {
  const suppressed = await areSuppressed(
    app,
    [...cc, ...bcc].map(({ address }) => address),
  )
  const left = suppressed.filter(Boolean).length
  if (left > 0) log.info({ copies: left }, 'copies to suppressed addresses were not sent')
  const mayGo = (_: EmailAddress, index: number) => !suppressed[index]
  return { cc: cc.filter(mayGo), bcc: bcc.filter((_, index) => !suppressed[cc.length + index]) }
}
