import { generateKeyPairSync, sign } from 'node:crypto'
import { getExpectedTwilioSignature } from 'twilio/lib/webhooks/webhooks.js'

const FORM = 'application/x-www-form-urlencoded'

/** Signs as SendGrid does, with a key pair of its own. */
export function fakeSendgrid() {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
  return {
    /** As SendGrid shows it. */
    key: publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    webhook(events: unknown, timestamp = String(Math.floor(Date.now() / 1000))): RequestInit {
      const body = `${JSON.stringify(events)}\r\n`
      const signature = sign('sha256', Buffer.from(timestamp + body), privateKey).toString('base64')
      return { method: 'POST', body, headers: sendgridHeaders(signature, timestamp) }
    },
  }
}

export function sendgridHeaders(signature: string, timestamp: string): Record<string, string> {
  return {
    'content-type': 'application/json',
    'x-twilio-email-event-webhook-signature': signature,
    'x-twilio-email-event-webhook-timestamp': timestamp,
  }
}

/** A status callback to that URL, signed by Twilio's own library. */
export function twilioCallback(token: string, url: string, form: Record<string, string>): RequestInit {
  const headers = { 'content-type': FORM, 'x-twilio-signature': getExpectedTwilioSignature(token, url, form) }
  return { method: 'POST', body: new URLSearchParams(form).toString(), headers }
}
