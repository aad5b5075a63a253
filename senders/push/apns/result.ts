import { retryAfter, sentByStatus } from '@carillon/contract'
import type { CallResult } from '@carillon/to-addresses'
import * as z from 'zod'
import type { Http2Answer } from '../http2/exchange.ts'

/** Seconds: Apple takes one new token in 20 minutes. */
const TOKEN_UPDATES_PAUSE_S = 1200

/** Tokens of the other environment are unknown too. */
export const BAD_TOKEN = 'BadDeviceToken'
export const EXPIRED_TOKEN = 'ExpiredProviderToken'

/** What Apple says not to try again, beside what is wrong with the address. */
const FINAL = new Set([404, 405, 413])
/** 400s that are about the provider's settings, and not about the push. */
const OPERATORS = new Set([
  'TopicDisallowed',
  'MissingTopic',
  'BadTopic',
  'BadCertificate',
  'BadCertificateEnvironment',
])

const answerBody = z.object({ reason: z.string(), timestamp: z.number().optional() })

/** APNs's code for what is wrong; empty when nothing is. */
export function reasonIn({ body }: Http2Answer): string {
  return bodyOf(body)?.reason ?? ''
}

/**
 * What an answer of APNs means. Reasons:
 * https://developer.apple.com/documentation/usernotifications/handling-notification-responses-from-apns
 */
export function apnsResult(answer: Http2Answer): CallResult {
  const { status, headers, body } = answer
  if (status === 200) return { sent: true, messageId: textOf(headers['apns-id']) }
  const code = reasonIn(answer)
  const reason = `APNs answered ${[status, code].filter(Boolean).join(' ')}`
  const timestamp = bodyOf(body)?.timestamp
  if (status === 410) return { remove: reason, unlessSeenSince: timestamp === undefined ? undefined : timestamp / 1000 }
  if (code === BAD_TOKEN) return { disable: reason }
  if (code === 'DeviceTokenNotForTopic') return { disable: reason, needsOperator: true }
  if (code === 'TooManyProviderTokenUpdates') return { retry: reason, after: TOKEN_UPDATES_PAUSE_S, sent: 'no' }
  const asked = retryAfter(headers['retry-after'], Date.now())
  if (status === 429) return { retry: reason, after: asked, sent: 'no' }
  if (status >= 500) return { retry: reason, after: asked, sent: sentByStatus(status), outage: `HTTP ${status}` }
  if (OPERATORS.has(code)) return { retry: reason, sent: 'no', needsOperator: true }
  if (status === 400 || FINAL.has(status) || code === 'Forbidden') return { giveUp: reason }
  return { retry: reason, sent: 'no', needsOperator: true, ...(status === 403 && { outage: `HTTP ${status}` }) }
}

function bodyOf(body: string): z.infer<typeof answerBody> | undefined {
  try {
    return answerBody.safeParse(JSON.parse(body)).data
  } catch {
    return undefined
  }
}

function textOf(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : undefined
}
