import type { Context, ErrorHandler, Hono } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import { routePath } from 'hono/route'
import { CarillonError, type ErrorCode, type Logger, replyCode } from '@carillon/contract'
import type { ApiEnv } from './receive.ts'

/** The one place that knows HTTP statuses of errors. */
export const STATUS_OF = {
  bad_request: 400,
  bad_query: 400,
  invalid_app_key: 401,
  invalid_request_time: 401,
  invalid_request_signature: 401,
  nonce_used: 401,
  signature_version_refused: 401,
  unauthorized: 401,
  forbidden: 403,
  not_found: 404,
  pusher_not_found: 404,
  push_not_found: 404,
  broadcast_not_found: 404,
  app_not_found: 404,
  suppression_not_found: 404,
  address_not_found: 404,
  template_not_found: 404,
  category_not_found: 404,
  method_not_allowed: 405,
  pusher_required: 406,
  sender_not_enabled: 406,
  push_sending: 409,
  conflict: 409,
  broadcast_done: 409,
  idempotency_key_reused: 409,
  idempotency_key_in_flight: 409,
  too_large: 413,
  unsupported_media_type: 415,
  invalid_field: 422,
  too_many_requests: 429,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<ErrorCode, ContentfulStatusCode>

export interface ErrorAnswer {
  err: string
  code: ErrorCode
  hint?: string
}

/** Error codes of the system, and of Postgres, that pass: the server is away, starting, stopping or full. */
const OUTAGE =
  /^(?:ECONN\w+|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|08\w{3}|57P0\d|57014|53[23]00|25006|28\w{3}|3D000)$/

/** What the database's driver says without a code. */
const LOST =
  /^(?:timeout exceeded when trying to connect|timeout expired|Connection terminated|Query read timeout|Client (?:has encountered|was closed))/

/** Error codes of a Redis that refuses writes. */
const REDIS_OUTAGE =
  /^(?:LOADING|READONLY|UNBLOCKED|OOM|MISCONF|BUSY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|MAXCLIENTS|TRYAGAIN|NOAUTH|NOPERM|WRONGPASS)$/

/** Codes of the system and of Postgres for a full disk or a used-up quota. */
const DISK_FULL = /^(?:ENOSPC|EDQUOT|53100)$/

/** What a caller sees. For an error that is not a domain error, it sees only that one occurred. */
export function errorAnswer(error: unknown): ErrorAnswer {
  if (error instanceof CarillonError) {
    const { message: err, code, hint } = error
    return { err, code, ...(hint !== undefined && { hint }) }
  }
  const code = causeCode(error) ?? ''
  if (DISK_FULL.test(code))
    return { err: 'The disk is full, and nothing was accepted; free some space and try again.', code: 'unavailable' }
  if (OUTAGE.test(code)) return { err: 'The database or Redis cannot be reached; try again.', code: 'unavailable' }
  if (REDIS_OUTAGE.test(code)) return { err: `Redis refuses it (${code}); try again.`, code: 'unavailable' }
  return { err: 'An internal error occurred; the log of the server has the details.', code: 'internal' }
}

/** For Hono's `onError`: renders `{"err","code","hint"}`, and logs what is our fault. */
export function errorHandler(log: Logger): ErrorHandler<ApiEnv> {
  return (error, c) => {
    const { status, answer } = describeError(log, error, `${c.req.method} ${routePath(c)}`)
    return c.json(answer, status)
  }
}

/** What the caller of a route is told of an error. Logs what is our fault. */
export function describeError(
  log: Logger,
  error: unknown,
  route: string,
): { status: ContentfulStatusCode; answer: ErrorAnswer } {
  const answer = errorAnswer(error)
  const status = STATUS_OF[answer.code]
  if (status >= 500) logFailure(log, error, route)
  return { status, answer }
}

/** For Hono's `notFound`; `hint` says where the routes are. */
export function routeNotFound(hint: string): (c: Context) => Response {
  const answer: ErrorAnswer = { err: `There is no such route; ${hint}.`, code: 'not_found' }
  return (c) => c.json(answer, STATUS_OF.not_found)
}

/** Called last, since the first match answers: every path refuses the methods it has no route for. */
export function refuseOtherMethods(app: Hono<ApiEnv>): void {
  for (const [path, routes] of Map.groupBy(app.routes, (route) => route.path)) {
    app.all(path, methodNotAllowed([...new Set(routes.map(({ method }) => method))]))
  }
}

/** A handler for a path's other methods. */
function methodNotAllowed(methods: string[]): (c: Context) => Response {
  const allow = methods.join(', ')
  const answer: ErrorAnswer = { err: `This route accepts only ${allow}.`, code: 'method_not_allowed' }
  return (c) => c.json(answer, STATUS_OF.method_not_allowed, { Allow: allow })
}

/**
 * Codes and the place in the sources only: a database error's message repeats parameters, which are
 * recipients' data and message bodies.
 */
export function logFailure(log: Logger, error: unknown, route: string): void {
  const { err, code } = errorAnswer(error)
  const fields = {
    route,
    error: error instanceof Error ? error.name : typeof error,
    code: causeCode(error),
    // An outage fails every probe, and is nothing that our code did.
    ...(code !== 'unavailable' && { at: frames(error) }),
  }
  // The answer to an unexpected error reveals no details.
  log.error(fields, error instanceof CarillonError || code !== 'internal' ? err : 'a request failed')
}

function causeCode(error: unknown): string | undefined {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && !(at instanceof CarillonError)) return at.code
    const reply = replyCode(at)
    if (reply !== undefined) return reply
    if (LOST.test(at.message)) return 'ECONNRESET'
  }
  return undefined
}

function frames(error: unknown): string[] {
  if (!(error instanceof Error)) return []
  return (error.stack ?? '')
    .replace(error.message, '')
    .split('\n')
    .filter((line) => /^ {4}at .*:\d+:\d+\)?$/.test(line))
    .slice(0, 5)
    .map((line) => line.trim())
}
