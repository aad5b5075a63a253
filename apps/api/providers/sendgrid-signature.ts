import { createPublicKey, verify } from 'node:crypto'
import { CarillonError } from '@carillon/contract'

/**
 * Seconds. SendGrid tries an event again for a day, and does not say whether it signs it anew; one
 * that is told twice is recorded once, so that what is let in here can do no harm.
 */
const OLDEST_S = 25 * 3600
const FAR_AHEAD_S = 600

/** @throws CarillonError `invalid_request_time` or `invalid_request_signature`. */
export type VerifySendgrid = (header: (name: string) => string | undefined, body: Uint8Array, now: number) => void

/**
 * Checks ECDSA (P-256, SHA-256) over the timestamp's text and the raw body:
 * https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
 */
export function sendgridVerifier(base64: string): VerifySendgrid {
  const key = createPublicKey({ key: Buffer.from(base64, 'base64'), format: 'der', type: 'spki' })
  return (header, body, now) => {
    const timestamp = header('x-twilio-email-event-webhook-timestamp') ?? ''
    const age = now - Number(timestamp)
    if (!/^\d{1,12}$/.test(timestamp) || age > OLDEST_S || age < -FAR_AHEAD_S)
      throw new CarillonError('invalid_request_time', 'Invalid X-Twilio-Email-Event-Webhook-Timestamp')
    const signature = Buffer.from(header('x-twilio-email-event-webhook-signature') ?? '', 'base64')
    if (!verify('sha256', Buffer.concat([Buffer.from(timestamp), body]), key, signature))
      throw new CarillonError('invalid_request_signature', 'Invalid X-Twilio-Email-Event-Webhook-Signature')
  }
}
