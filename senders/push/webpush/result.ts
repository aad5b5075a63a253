import {
  errorCode,
  type OutboundAnswer,
  OutboundError,
  retryAfter,
  sentByError,
  sentByStatus,
} from '@carillon/contract'
import type { CallResult } from '@carillon/to-addresses'

/** A longer id is not worth its place in the history. */
const LONGEST_ID = 100

/**
 * What the answer of a push service means (RFC 8030, section 5). The names of causes are those of Apple, "Sending web push
 * notifications in web apps and browsers", and the numbers those of Mozilla, autopush-rs "Error Codes".
 * @param host of the endpoint, the rest of which is a secret
 */
export function resultOf(answer: OutboundAnswer, host: string): CallResult {
  const { status } = answer
  if (status >= 200 && status < 300) return { sent: true, messageId: messageIdOf(answer) }
  const said = [`${host} answered ${status}`, causeIn(answer.body)].filter(Boolean).join(' ')
  if (status === 404 || status === 410) return { remove: said }
  if (status === 413) return { giveUp: `${said}: the notification is too large` }
  const after = retryAfter(answer.headers['retry-after'], Date.now())
  const failed = { after, sent: sentByStatus(status), outage: isOutage(answer) ? `HTTP ${status}` : undefined }
  if (status === 401 || status === 403) {
    const retry = `${said}: it does not accept the VAPID keys or VAPID_SUBJECT`
    return { retry, ...failed, needsOperator: true }
  }
  return status === 429 || status === 408 || status >= 500 ? { retry: said, ...failed } : { giveUp: said }
}

/**
 * Whether it concerns all messages. A 429 may be about one browser, and so may a 403: a browser that subscribed with other
 * keys has one, unless Apple names the token.
 */
function isOutage({ status, body }: OutboundAnswer): boolean {
  return status >= 500 || status === 401 || (status === 403 && /^(?:Bad|Expired)JwtToken$/.test(causeIn(body)))
}

/** What a call without an answer means. */
export function resultOfError(error: unknown, host: string): CallResult {
  if (!(error instanceof OutboundError)) throw error
  const said = `${host}: ${error.message}`
  if (error.isFinal) return { giveUp: said }
  return { retry: said, sent: sentByError(error.cause), outage: errorCode(error.cause) }
}

/** Apple's id, or the end of the URL under which the service keeps the message. */
function messageIdOf({ headers }: OutboundAnswer): string | undefined {
  const id = headers['apns-id'] ?? headers['location']?.split('/').at(-1)
  return id !== undefined && id.length <= LONGEST_ID ? id : undefined
}

/** Apple's `reason`, or Mozilla's `errno`. Anything else might repeat the endpoint. */
function causeIn(body: string): string {
  const { reason, errno }: Record<string, unknown> = Object(parsed(body))
  if (typeof reason === 'string' && /^[A-Za-z]{1,40}$/.test(reason)) return reason
  return Number.isSafeInteger(errno) ? `(errno ${String(errno)})` : ''
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
