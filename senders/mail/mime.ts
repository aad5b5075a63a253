import type { SendMailOptions } from 'nodemailer'
import MailComposer from 'nodemailer/lib/mail-composer'
import { encodeWord } from 'nodemailer/lib/mime-funcs'
import type { EmailAddress } from './address.ts'
import type { Attachment } from './attachments.ts'
import type { SmtpMessage } from './smtp-session.ts'
import type { Email } from './transport.ts'

/** An email in nodemailer's words. */
export function mimeOf(email: Email): SendMailOptions {
  const { from, to, replyTo, cc, bcc, headers, list = {}, subject, text, html, attachments, messageId } = email
  return {
    from: foldableName(from),
    to: foldableName(to),
    ...(replyTo && { replyTo: foldableName(replyTo) }),
    cc: cc.map(foldableName),
    bcc: bcc.map(foldableName),
    headers: {
      ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, foldableHeader(name, value)])),
      ...Object.fromEntries(Object.entries(list).map(([name, parts]) => [name, folded(name, parts)])),
    },
    subject: foldable(subject),
    text,
    html,
    attachments: attachments.map(attachmentOf),
    messageId: `<${messageId()}>`,
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

/** An email as SMTP transports it: its recipients, and its bytes without the hidden recipients. */
export async function smtpMessageOf(email: Email): Promise<SmtpMessage> {
  const mime = new MailComposer(mimeOf(email)).compile()
  const { from, to } = mime.getEnvelope()
  return { from: from || '', to, bytes: await mime.build() }
}

/** By its bytes alone: nodemailer would also read paths and URLs. */
function attachmentOf({ filename, contentType, cid, content }: Attachment) {
  return {
    filename,
    content,
    ...(contentType !== undefined && { contentType }),
    ...(cid !== undefined && { cid, contentDisposition: 'inline' as const }),
  }
}

/**
 * A line has at most 998 octets (RFC 5322, 2.1.1). The mail library folds headers at spaces and encodes what is not
 * ASCII; a long word of ASCII it leaves whole, so here that is encoded or broken. A quoted word may double.
 */
const LONG_WORD = /\S{400,}/
/** Characters of an encoded word: RFC 2047, 2. */
const ENCODED = 52

/** A header that the library writes as it is. */
interface Prepared {
  prepared: true
  value: string
}

/** Text of a header, encoded where it has a word that a line might not hold. */
function foldable(text: string): string {
  return LONG_WORD.test(text) ? encodeWord(text, 'B', ENCODED) : text
}

/** The library would quote what is encoded already: a long word of a name gets spaces instead. */
function foldableName({ name, address }: EmailAddress): EmailAddress {
  return { name: isAscii(name) ? name.replaceAll(/\S{400}(?=\S)/g, '$& ') : name, address }
}

/** Headers of lists hold URLs, in which space is ignored (RFC 2369, 2). Mail programs would not find encoded URLs. */
function foldableHeader(name: string, value: string): string | Prepared {
  if (!/^list-/i.test(name) || !LONG_WORD.test(value)) return foldable(value)
  return { prepared: true, value: value.replaceAll(/\S{400}(?=\S)|\s+(?=\S)/gu, (part) => `${part.trim()}\r\n `) }
}

/** Characters of a line: RFC 5322, 2.1.1. */
const LINE = 78

/**
 * Folds a header between its parts, the first of which stays in the line of the name. The library would leave that line empty in front
 * of a long URL, and encode the `<>` of a list id together with a name in quotes.
 */
function folded(name: string, [first = '', ...others]: readonly string[]): Prepared {
  let width = `${name}: ${first}`.length
  const rest = others.map((part) => {
    width += part.length + 1
    if (width <= LINE) return ` ${part}`
    width = part.length + 1
    return `\r\n ${part}`
  })
  return { prepared: true, value: [first, ...rest].join('') }
}

/** A header as another server writes it to a line: ASCII, and encoded where it is not. */
export function asciiHeader(value: string): string {
  return isAscii(value) ? foldable(value) : encodeWord(value, 'B', ENCODED)
}

/** No header holds a control character. */
function isAscii(text: string): boolean {
  return /^[ -~]*$/.test(text)
}
