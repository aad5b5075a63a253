import type { RetryResult } from '@carillon/to-addresses'
import { Http2Error } from './exchange.ts'

/**
 * The result of a call without an answer.
 * @throws the error if it is another one
 */
export function lostAnswer(provider: string, error: unknown): RetryResult {
  if (!(error instanceof Http2Error)) throw error
  return { retry: `${provider} did not answer: ${error.message}`, sent: error.sent, outage: error.code }
}
