import type { Sent } from '@carillon/contract'
import type { SMTPError } from 'nodemailer/lib/smtp-connection'

/**
 * How far a message had got: `opening` connects and logs in, `envelope` is everything before the first byte of the
 * message, `sending` is before its end, and `sent` is after it: only the server's reply shows the result.
 */
export type Phase = 'opening' | 'envelope' | 'sending' | 'sent'

/** A message that was not accepted. */
export class SmtpFailure extends Error {
  readonly phase: Phase
  readonly error: SMTPError
  /** The server took the message for its other recipients. */
  readonly isOfOne: boolean

  constructor(error: SMTPError, phase: Phase, isOfOne = false) {
    super(error.message)
    this.error = error
    this.phase = phase
    this.isOfOne = isOfOne
  }

  /** The server's reply code of 400 or more, or 0 without one. */
  get code(): number {
    const { responseCode = 0 } = this.error
    return responseCode >= 400 ? responseCode : 0
  }

  /** The server's reply. */
  get reply(): string {
    return this.code ? (this.error.response ?? '') : ''
  }

  /** A server must not deliver a message whose end it has not seen: RFC 5321, 4.1.1.4. */
  get sent(): Sent {
    return this.isOfOne || (this.phase === 'sent' && !this.code) ? 'maybe' : 'no'
  }

  /** The server wants to end this session, and says so without closing it. */
  get speaksOfSession(): boolean {
    return this.phase === 'envelope' && /\b(?:session|connection)\b/i.test(this.reply)
  }

  /** The server ended or put off a new connection, as it does where there are too many of them. */
  get isTurnedAway(): boolean {
    if (this.phase !== 'opening') return false
    const { code, originalCode } = this.error
    return this.code ? this.code < 500 : code === 'ECONNECTION' || originalCode === 'ECONNRESET'
  }
}
