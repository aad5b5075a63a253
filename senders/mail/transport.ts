import type { Transport } from '@carillon/outgoing'
import { type EmailAddress, headerText } from './address.ts'
import type { Attachment } from './attachments.ts'
import type { ListHeaders } from './list-headers.ts'

/** One mail to one recipient, rendered; no header field holds a line break. */
export interface Email {
  /** The app the push belongs to. */
  app: number
  /** The same over all tries. */
  pushId: string
  /** The same over all tries, without `<>`; made on demand, because not every transport needs it. */
  messageId(): string
  from: EmailAddress
  to: EmailAddress
  replyTo?: EmailAddress
  /** Nobody is in two of `to`, `cc` and `bcc`. */
  cc: EmailAddress[]
  bcc: EmailAddress[]
  /** Further headers by name. */
  headers: Record<string, string>
  /** Of this recipient; absent: the email is not from a list. */
  list?: ListHeaders | undefined
  /** Links in `text` and `html` that are this recipient's alone. */
  ownLinks: readonly string[]
  subject: string
  text: string
  html: string
  attachments: Attachment[]
}

/** A way to send email. Errors for passing trouble and for the operator's mistakes lose no email. */
export type EmailTransport = Transport<Email>

/** A provider's message as one line of at most 300 characters. */
export function sentence(text: string): string {
  const line = headerText(text)
  return line.length > 300 ? `${line.slice(0, 299)}…` : line
}
