import { CarillonError, type DeliveryReport, type ReportEventName } from '@carillon/contract'
import type { Handler } from 'hono'
import { decodeBody, readBody } from '../receive.ts'
import { type Parameters, readParameters } from '../parameters.ts'
import type { ApiDeps } from '../deps.ts'
import type { ApiEnv } from '../receive.ts'
import { sentTarget } from '../target.ts'
import { idText, reasonText, suppression } from './report-text.ts'

/** The final values of `MessageStatus`. Values on the way there are ignored. */
const EVENTS: Record<string, ReportEventName> = {
  delivered: 'delivered',
  read: 'opened',
  undelivered: 'bounced',
  failed: 'bounced',
}

/** Error codes after which no later sms will arrive: https://www.twilio.com/docs/api/errors */
const SUPPRESSING: Record<string, string> = {
  21610: 'unsubscribed', // answered STOP
  30005: 'hard bounce', // the number is unknown, or no more
  30006: 'hard bounce', // a landline, or a carrier that takes no sms
}

/** Twilio's status callback; the sender put the push into the query of its URL. */
export function twilioWebhook({ providers, reports }: ApiDeps): Handler<ApiEnv> {
  const { publicUrl, twilioAuthToken } = providers ?? {}
  const verify = publicUrl && twilioAuthToken ? twilioVerifier(publicUrl, twilioAuthToken) : notConfigured
  return async (c) => {
    const { query } = sentTarget(c)
    const form = readParameters('', decodeBody(c, await readBody(c)).text)
    await verify(c.req.header('x-twilio-signature') ?? '', query, form)
    const report = readTwilioStatus(readParameters(query, ''), form)
    if (report) await reports.record([report])
    return c.json({ result: 'OK' })
  }
}

function notConfigured(): never {
  throw new CarillonError(
    'not_found',
    'This server does not accept status callbacks of Twilio: set PUBLIC_URL and TWILIO_AUTH_TOKEN.',
  )
}

/** @throws CarillonError `invalid_request_signature`. */
type VerifyTwilio = (signature: string, query: string, form: Record<string, string>) => Promise<void>

/** Checks HMAC-SHA1 over the URL and the form, as Twilio's library does; it signs the URL that it was given. */
function twilioVerifier(publicUrl: string, authToken: string): VerifyTwilio {
  const url = `${publicUrl.replace(/\/+$/, '')}/providers/twilio`
  return async (signature, query, form) => {
    const { validateRequest } = await import('twilio/lib/webhooks/webhooks.js')
    if (!validateRequest(authToken, signature, query === '' ? url : `${url}?${query}`, form))
      throw new CarillonError(
        'invalid_request_signature',
        'Invalid X-Twilio-Signature; PUBLIC_URL must be the address that Twilio calls.',
      )
  }
}

/** The report in a status callback about one of our pushes, or null if there is none. */
export function readTwilioStatus(query: Parameters, form: Parameters): DeliveryReport | null {
  const { push_app: app = '', push_id: push = '' } = query
  const { MessageStatus: status = '', MessageSid: sid = '', ErrorCode: code = '', To: to = '' } = form
  const event = Object.hasOwn(EVENTS, status) ? EVENTS[status] : undefined
  if (!event || !/^\d{1,9}$/.test(app) || sid === '') return null
  const suppress = event === 'bounced' && Object.hasOwn(SUPPRESSING, code) ? SUPPRESSING[code] : undefined
  const messageId = idText(sid)
  return {
    app: Number(app),
    push,
    event,
    id: `${messageId} ${status}`,
    time: null,
    messageId,
    reason: event === 'bounced' ? reasonOf(status, code, form['ErrorMessage']) : null,
    suppress: suppression(to, suppress),
  }
}

function reasonOf(status: string, code: string, message: string | undefined): string | null {
  const what = code === '' ? `Twilio: ${status}` : `Twilio ${code}: ${status}`
  return reasonText(message ? `${what}, ${message}` : what)
}
