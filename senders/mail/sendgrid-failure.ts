import { type FailedTry, RetryableError, sentByError, sentByStatus } from '@carillon/contract'
import { type Headers, pauseAsked } from './rate-limit.ts'
import { sentence } from './sentence.ts'

/** Statuses that speak of the key, the account or the address of the API, or of the moment; any other 4xx speaks of the mail. */
const NOT_THE_MAIL = new Set([401, 403, 404, 405, 408, 425, 429])

export interface Failure {
  result: RetryableError | { giveUp: string }
  /** It names a recipient: the others of the same call may be good. */
  isAboutRecipients: boolean
}

/** What SendGrid's client throws: a ResponseError (a numeric `code`), or axios's error, which holds the key and is never handed on. */
interface ClientError {
  code?: number | string
  response?: { status?: number; headers?: Headers; body?: { errors?: Complaint[] } }
}

interface Complaint {
  message?: string
  field?: string | null
}

/** @param now milliseconds */
export function failureOf(error: unknown, now: number): Failure {
  const { code, response } = error as ClientError
  const status = typeof code === 'number' ? code : response?.status
  if (status === undefined)
    return retryable(unreachable(code), { sent: sentByError(error), outage: String(code ?? 'unknown') })
  const complaints = complaintsOf(response)
  const reason = complaints.map(({ message }) => message ?? '').join(' ')
  if (status >= 400 && status < 500 && !NOT_THE_MAIL.has(status)) {
    const result = { giveUp: sentence(`SendGrid refused it (${status}): ${reason}`) }
    return { result, isAboutRecipients: complaints.some(({ field }) => field?.startsWith('personalizations')) }
  }
  return retryable(sentence(`SendGrid answered ${status}: ${reason}`), {
    after: pauseAsked(response?.headers ?? {}, now),
    sent: sentByStatus(status),
    // 403 may be about the mail's sender only
    outage: status === 403 ? undefined : `HTTP ${status}`,
  })
}

function retryable(message: string, details: FailedTry): Failure {
  return { result: new RetryableError(message, details), isAboutRecipients: false }
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
