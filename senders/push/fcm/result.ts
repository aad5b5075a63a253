import { retryAfter, sentByStatus } from '@carillon/contract'
import type { CallResult } from '@carillon/to-addresses'
import * as z from 'zod'
import type { Http2Answer } from '../http2/exchange.ts'

/** Seconds. https://firebase.google.com/docs/cloud-messaging/scale-fcm */
const LEAST_PAUSE_S = 10
const QUOTA_PAUSE_S = 60
const LONGEST_PAUSE_S = 3600

/** Google's `google.rpc.Status`; `details` holds an `FcmError`, a `BadRequest` or both. */
const answerBody = z.object({
  error: z.object({
    status: z.string().optional(),
    message: z.string().optional(),
    details: z
      .array(
        z.object({
          errorCode: z.string().optional(),
          fieldViolations: z.array(z.object({ field: z.string().optional() })).optional(),
        }),
      )
      .optional(),
  }),
})

/**
 * What an answer of FCM means. Codes: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode
 * @param attempt of the push, from 1: pauses double with it
 */
export function fcmResult({ status, headers, body }: Http2Answer, attempt: number): CallResult {
  const parsed = jsonIn(body)
  if (status === 200) return { sent: true, messageId: nameIn(parsed) }
  const error = answerBody.safeParse(parsed).data?.error
  const code = error?.details?.find(({ errorCode }) => errorCode !== undefined)?.errorCode ?? error?.status ?? ''
  const reason = `FCM answered ${[status, code].filter(Boolean).join(' ')}`
  if (code === 'UNREGISTERED') return { remove: reason }
  if (code === 'SENDER_ID_MISMATCH') return { disable: reason, needsOperator: true }
  if (status === 400) return isAboutToken(code, error) ? { remove: reason } : { giveUp: reason }
  if (status === 413) return { giveUp: reason }
  const asked = retryAfter(headers['retry-after'], Date.now())
  if (status === 429) return { retry: reason, after: Math.max(LEAST_PAUSE_S, asked ?? QUOTA_PAUSE_S), sent: 'no' }
  if (status >= 500)
    return { retry: reason, after: pause(asked, attempt), sent: sentByStatus(status), outage: `HTTP ${status}` }
  // The operator's to mend: credentials, their rights, the project, the APNs key in Firebase.
  return { retry: reason, after: asked, sent: 'no', needsOperator: true, ...(status === 401 && { outage: 'HTTP 401' }) }
}

/**
 * The code INVALID_ARGUMENT is shared by many faults. One about the token or the installation id names its field in `BadRequest`; some answers have
 * no `BadRequest`, and only the message says that it is about the registration token.
 * https://firebase.google.com/docs/cloud-messaging/error-codes (example 2)
 */
function isAboutToken(code: string, error: z.infer<typeof answerBody>['error'] | undefined): boolean {
  if (code !== 'INVALID_ARGUMENT') return false
  const fields = error?.details?.flatMap(({ fieldViolations = [] }) => fieldViolations.map(({ field }) => field)) ?? []
  if (fields.length === 0) return /registration token/i.test(error?.message ?? '')
  return fields.includes('message.token') || fields.includes('message.fid')
}

/** Seconds; never less than FCM asks for, with jitter so that those who failed together do not return together. */
function pause(asked: number | undefined, attempt: number): number {
  if (asked !== undefined) return Math.max(LEAST_PAUSE_S, asked)
  const seconds = Math.min(LONGEST_PAUSE_S, LEAST_PAUSE_S * 2 ** (attempt - 1))
  return seconds * (1 + Math.random() / 2)
}

/** `projects/…/messages/…`, by which Firebase knows the message. */
function nameIn(body: unknown): string | undefined {
  return z.object({ name: z.string() }).safeParse(body).data?.name
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
