import type { PushLinks } from '@carillon/contract'
import { encodeWord } from 'nodemailer/lib/mime-funcs'
import { headerText } from './address.ts'

/**
 * The headers from which mail programs offer to unsubscribe: each value in parts between which it may be folded. All parts are
 * ASCII, and none is longer than a line may be.
 */
export type ListHeaders = Readonly<Record<string, readonly string[]>>

/** In lower case. Those of a caller are left out where Carillon writes its own, since a mail has one of each. */
const NAMES: ReadonlySet<string> = new Set(['list-unsubscribe', 'list-unsubscribe-post', 'list-id'])

export function isListHeader(name: string): boolean {
  return NAMES.has(name.toLowerCase())
}

/**
 * The headers of a mail from a list: RFC 2369, RFC 8058 and RFC 2919.
 * @param mailbox `UNSUBSCRIBE_MAILTO`
 * @returns undefined for a mail that cannot be unsubscribed from
 */
export function listHeaders({ list, unsubscribe }: PushLinks, mailbox: string | undefined): ListHeaders | undefined {
  if (!list) return undefined
  const byMail = mailbox === undefined ? [] : [`<${mailtoUrl(mailbox, unsubscribe)}>`]
  return {
    'List-Unsubscribe': [`<${unsubscribe}>${mailbox === undefined ? '' : ','}`, ...byMail],
    // Without TLS, RFC 8058 allows no unsubscribing by one click
    ...(unsubscribe.startsWith('https:') && { 'List-Unsubscribe-Post': ['List-Unsubscribe=One-Click'] }),
    'List-Id': [...phrase(headerText(list.title)), `<${list.id}>`],
  }
}

/** The subject has the token of the link, so that whoever reads the mailbox can find the pusher and the category. */
function mailtoUrl(mailbox: string, link: string): string {
  const token = link.slice(link.lastIndexOf('/') + 1)
  return `mailto:${encodeURIComponent(mailbox).replaceAll('%40', '@')}?subject=unsubscribe%20${token}`
}

/** Characters of an encoded word: RFC 2047, 2. */
const ENCODED = 52

/** A name before `<>` as RFC 5322 writes it: in quotes, or encoded where it is not ASCII. */
function phrase(text: string): string[] {
  if (text === '') return []
  if (!/^[ -~]*$/.test(text)) return encodeWord(text, 'B', ENCODED).split(' ')
  return [`"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`]
}
