import { type FailedTry, RetryableError, retryAfter, sentByError, sentByStatus } from '@carillon/contract'
import { sentence } from './transport.ts'

/**
 * Statuses that speak of the key, the account or the address of the API, or of the moment; any other 4xx speaks of the
 * mail.
 */
const NOT_THE_MAIL = new Set([401, 402, 403, 404, 405, 408, 425, 429])

export interface SendgridFailure {
  result: RetryableError | { giveUp: string }
  /** It may concern one recipient only, so a call with fewer recipients may be accepted. */
  mayBeOfOne: boolean
}

/**
 * What SendGrid's client throws: a ResponseError (a numeric `code`), or axios's error, which holds the key and is never
 * handed on.
 */
interface ClientError {
  code?: number | string
  response?: { status?: number; headers?: Headers; body?: { errors?: Complaint[] } }
}

interface Complaint {
  message?: string
  field?: string | null
}

/** @param now milliseconds */
export function failureOf(error: unknown, now: number): SendgridFailure {
  const { code, response } = error as ClientError
  const status = typeof code === 'number' ? code : response?.status
  if (status === undefined)
    return retryable(unreachable(code), { sent: sentByError(error), outage: String(code ?? 'unknown') })
  const complaints = complaintsOf(response)
  const reason = complaints.map(({ message }) => message ?? '').join(' ')
  if (status >= 400 && status < 500 && !NOT_THE_MAIL.has(status)) {
    const why = status === 413 ? 'the email is larger than SendGrid accepts' : reason
    return {
      result: { giveUp: sentence(`SendGrid refused it (${status}): ${why}`) },
      mayBeOfOne: mayBeOfOne(complaints),
    }
  }
  const isOfAccount = status === 401 || status === 402 || (status === 403 && !isOfSender(complaints))
  return retryable(sentence(`SendGrid answered ${status}: ${reason}`), {
    after: pauseAsked(response?.headers ?? {}, now),
    sent: sentByStatus(status),
    outage: status === 403 && !isOfAccount ? undefined : `HTTP ${status}`,
    needsOperator: isOfAccount,
  })
}

function retryable(message: string, details: FailedTry): SendgridFailure {
  return { result: new RetryableError(message, details), mayBeOfOne: false }
}

/** What is not about a field that all recipients of a call share. */
function mayBeOfOne(complaints: Complaint[]): boolean {
  return complaints.length === 0 || complaints.some(({ field }) => !field || field.startsWith('personalizations'))
}

/** Whether a 403 is, or may be, about the sender of this mail only. */
function isOfSender(complaints: Complaint[]): boolean {
  const isOfFrom = ({ field, message }: Complaint) => field?.startsWith('from') || /\bfrom\b/i.test(message ?? '')
  return complaints.length === 0 || complaints.some(isOfFrom)
}

function complaintsOf(response: ClientError['response']): Complaint[] {
  const errors = response?.body?.errors
  return Array.isArray(errors) ? errors : []
}

function unreachable(code: string | number = 'unknown error'): string {
  if (code === 'ERR_CANCELED' || code === 'ECONNABORTED' || code === 'ETIMEDOUT')
    return 'SendGrid did not answer in time'
  return `SendGrid cannot be reached (${code})`
}

/** Header names in lower case. */
type Headers = Record<string, unknown>

/**
 * Seconds to wait, from Retry-After or SendGrid's own X-RateLimit-Reset (unix seconds); undefined
 * when the answer has neither.
 * @param now milliseconds
 */
function pauseAsked(headers: Headers, now: number): number | undefined {
  return retryAfter(headers['retry-after'], now) ?? retryAfter(untilReset(headers['x-ratelimit-reset'], now), now)
}

function untilReset(value: unknown, now: number): string | undefined {
  if (typeof value !== 'string' || !/^\d+$/.test(value)) return undefined
  return String(Math.max(0, Math.ceil(Number(value) - now / 1000)))
}
