import {
  errorCode,
  type Outcome,
  type Push,
  RetryableError,
  retryAfter,
  sentByError,
  sentByStatus,
} from '@carillon/contract'
import twilio from 'twilio'
import type { TwilioOptions } from './options.ts'
import type { TextSms, SmsTransport } from './transport.ts'

/**
 * Twilio's errors about the recipient's number or the text, which no retry will change.
 * Anything else is the account's (From, region, balance) or passes, so it is tried again.
 */
const REFUSALS = new Set([
  21211, // not a phone number
  21214, // cannot be reached
  21217, // does not appear to be valid
  21602, // no text
  21604, // no number
  21610, // has unsubscribed
  21614, // not a mobile number
  21617, // text too long
  21619, // no text
  21635, // a landline
  21658, // text too long
])

/** Sends texts through Twilio's library; sockets are shared by all sends. */
export function twilioTransport(options: TwilioOptions): SmsTransport<TextSms> {
  const sockets = new twilio.RequestClient()
  return async ({ to, text }, push) => {
    const httpClient = clientForPush(sockets, options.baseUrl, push.signal)
    const client = twilio(options.accountSid, options.authToken, { httpClient })
    try {
      const { sid } = await client.messages.create({
        to,
        body: text,
        ...sendingAs(options.from),
        ...(options.publicUrl !== undefined && { statusCallback: statusCallback(options.publicUrl, push) }),
      })
      push.log.info({ provider: 'twilio', messageId: sid }, 'SMS accepted by the provider')
      return { done: true, messageId: sid }
    } catch (error) {
      return failure(error, httpClient.lastResponse?.headers['retry-after'])
    }
  }
}

/** Twilio's own HTTP client, for one push: it ends with the push's signal, and may go to another host. */
function clientForPush(
  sockets: twilio.RequestClient,
  baseUrl: string | undefined,
  signal: AbortSignal,
): twilio.RequestClient {
  const client = new twilio.RequestClient()
  client.axios = sockets.axios.create({ signal })
  if (baseUrl === undefined) return client
  client.axios.interceptors.request.use((config) => {
    const { pathname, search } = new URL(config.url ?? '')
    return Object.assign(config, { url: baseUrl.replace(/\/$/, '') + pathname + search })
  })
  return client
}

function sendingAs(from: string): { messagingServiceSid: string } | { from: string } {
  return /^MG[0-9a-f]{32}$/i.test(from) ? { messagingServiceSid: from } : { from }
}

/** The error itself is no `cause`: it holds the request, with the credentials and the text. */
function failure(error: unknown, header: unknown): Outcome {
  const { status, code, message } = providerError(error)
  if (code !== undefined && REFUSALS.has(code)) return { giveUp: `Twilio ${code}: ${message}` }
  const said = status === undefined ? 'did not answer' : `answered ${[status, code].filter(Boolean).join(', code ')}`
  throw new RetryableError(`Twilio ${said}: ${message}`, {
    after: retryAfter(header, Date.now()),
    sent: status === undefined ? sentByError(error) : sentByStatus(status),
    outage: outageOf(error, status),
    needsOperator: status === 401,
  })
}

/** Other answers may be about the number or the text, although their code is not in the list above. */
function outageOf(error: unknown, status: number | undefined): string | undefined {
  if (status === undefined) return errorCode(error)
  return status === 401 || status === 429 || status >= 500 ? `HTTP ${status}` : undefined
}

/** An answer has a number as its status, and as its code if Twilio wrote it; a broken connection has neither. */
function providerError(error: unknown): { status: number | undefined; code: number | undefined; message: string } {
  const { status, code, message }: Record<string, unknown> = Object(error)
  return {
    status: typeof status === 'number' ? status : undefined,
    code: typeof code === 'number' ? code : undefined,
    message: typeof message === 'string' ? message.slice(0, 300) : 'no reason given',
  }
}

/** The URL to which Twilio reports what becomes of a push's SMS. Twilio's signature covers the query. */
function statusCallback(publicUrl: string, { app, id }: Pick<Push, 'app' | 'id'>): string {
  return `${publicUrl.replace(/\/+$/, '')}/providers/twilio?push_app=${app}&push_id=${encode(id)}`
}

/** Everything except the characters that have only one spelling: Twilio signs its own encoding of the URL. */
function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
