import type { Transport as AnyTransport } from '@carillon/outgoing'
import type { Address } from './address.ts'
import type { Attachment } from './attachments.ts'

/** One mail to one recipient, rendered; no header field holds a line break. */
export interface Letter {
  /** The app the push belongs to. */
  app: number
  /** The same over all tries. */
  pushId: string
  /** The same over all tries, without `<>`; made when it is asked for, which not every transport does. */
  messageId(): string
  from: Address
  to: Address
  replyTo?: Address
  /** Nobody is in two of `to`, `cc` and `bcc`. */
  cc: Address[]
  bcc: Address[]
  /** Further headers by name. */
  headers: Record<string, string>
  subject: string
  text: string
  html: string
  attachments: Attachment[]
}

/** A way to get mail out. What it throws for passing trouble, and for the operator's mistakes, loses no mail. */
export type Transport = AnyTransport<Letter>
