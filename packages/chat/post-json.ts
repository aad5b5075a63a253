import {
  errorCode,
  type Outbound,
  type OutboundAnswer,
  OutboundError,
  retryAfter,
  sentByError,
  sentByStatus,
} from '@carillon/contract'
import type { CallResult } from '@carillon/to-addresses'

export interface JsonRequest {
  url: string
  headers?: Record<string, string>
  body: unknown
  signal: AbortSignal
}

export interface JsonAnswer {
  status: number
  /** Seconds to wait, from Retry-After. */
  after: number | undefined
  text: string
  /** The fields of the body; empty if it is not a JSON object. */
  json: Record<string, unknown>
}

/** Posts JSON to a service, and has its answer read. Without an answer, the result says why there is none. */
export type PostJson = (
  request: JsonRequest,
  resultOf: (answer: JsonAnswer) => CallResult | Promise<CallResult>,
) => Promise<CallResult>

/** Milliseconds. A sender has 30 s, and may have to call twice. */
const TIMEOUT_MS = 10_000

/** @param service its name, for sentences */
export function jsonPoster(service: string, outbound: Outbound): PostJson {
  return async ({ url, headers, body, signal }, resultOf) => {
    let answer: OutboundAnswer
    try {
      answer = await outbound.post({
        url,
        headers: { 'content-type': 'application/json; charset=utf-8', ...headers },
        body: JSON.stringify(body),
        timeout: TIMEOUT_MS,
        signal,
      })
    } catch (error) {
      return withoutAnswer(service, error)
    }
    return resultOf(readAnswer(answer))
  }
}

function withoutAnswer(service: string, error: unknown): CallResult {
  if (!(error instanceof OutboundError)) throw error
  const reason = `${service}: ${error.message.replace(/\.$/, '')}`
  if (error.isFinal) return { giveUp: reason }
  return { retry: reason, sent: sentByError(error), outage: errorCode(error) }
}

function readAnswer({ status, headers, body }: OutboundAnswer): JsonAnswer {
  return { status, after: retryAfter(headers['retry-after'], Date.now()), text: body, json: objectIn(body) }
}

function objectIn(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** Seconds to wait after a 429 that names no time. */
const PAUSE_S = 30
const LONGEST_PAUSE_S = 86_400

/**
 * What an answer means at every service, unless the service says more: 429 asks for a pause, servers in trouble are tried
 * again, and anything else is about the message.
 * @param reason the service's code or sentence
 * @param pause seconds, where the answer names them outside of Retry-After
 */
export function usualResult(service: string, { status, after }: JsonAnswer, reason = '', pause = after): CallResult {
  const said = `${service} answered ${status}${reason && `: ${reason}`}`
  if (status === 429) return { wait: said, seconds: Math.min(pause ?? PAUSE_S, LONGEST_PAUSE_S) }
  if (status < 500 && status !== 408) return { giveUp: said }
  return { retry: said, after, sent: sentByStatus(status), outage: `HTTP ${status}` }
}
