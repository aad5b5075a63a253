import type { Outcome, RetryableError } from '@carillon/contract'
import type { Address } from './address.ts'

/** One mail to one recipient, rendered; no header field holds a line break. */
export interface Letter {
  /** The app the push belongs to. */
  app: number
  /** The same over all tries. */
  pushId: string
  /** The same over all tries, without `<>`. */
  messageId: string
  from: Address
  to: Address
  replyTo?: Address
  subject: string
  text: string
  html: string
}

/** A way to get mail out. */
export interface Transport {
  /** @throws RetryableError for passing trouble, and for the operator's mistakes, which lose no mail */
  send(letter: Letter, signal: AbortSignal): Promise<Outcome>
  /** Several in fewer calls. The results are index-aligned with the letters; a failed try is an error as a value. */
  sendMany?(letters: Letter[], signal: AbortSignal): Promise<(Outcome | RetryableError)[]>
  close?(): Promise<void>
}
