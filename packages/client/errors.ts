import { CarillonError, type ErrorCode, type ErrorDetails } from '@carillon/contract'

/**
 * The server answered with an error: its code and its sentence. A plain CarillonError means
 * that there was no answer (`unavailable`) or that nothing was sent (`invalid_field`, `bad_request`).
 */
export class ApiError extends CarillonError {
  /** The HTTP status. */
  readonly status: number
  constructor(status: number, code: ErrorCode, message: string, options?: ErrorDetails) {
    super(code, message, options)
    this.status = status
  }
}

/** The error in an answer. A proxy's answer has neither code nor sentence. */
export function refusal(status: number, body: string): ApiError {
  const { err, code, hint } = readRefusal(body)
  const sentence = typeof err === 'string' ? err : `The server answered ${status} without an explanation.`
  // A newer server may have codes that are not in ErrorCode yet: the caller still sees them.
  const known = typeof code === 'string' ? (code as ErrorCode) : codeOf(status)
  return new ApiError(status, known, sentence, { hint: typeof hint === 'string' ? hint : undefined })
}

function readRefusal(body: string): { err?: unknown; code?: unknown; hint?: unknown } {
  try {
    return Object(JSON.parse(body))
  } catch {
    return {}
  }
}

/** A handler of rejections: null for the error with this code; any other error is thrown again. */
export function nullIf(code: ErrorCode): (error: unknown) => null {
  return (error) => {
    if (error instanceof ApiError && error.code === code) return null
    throw error
  }
}

/** For an answer that has no code of its own. */
export function codeOf(status: number): ErrorCode {
  const known: Partial<Record<number, ErrorCode>> = {
    401: 'unauthorized',
    403: 'forbidden',
    404: 'not_found',
    405: 'method_not_allowed',
    409: 'conflict',
    413: 'too_large',
    415: 'unsupported_media_type',
    422: 'invalid_field',
    429: 'unavailable',
    502: 'unavailable',
    503: 'unavailable',
    504: 'unavailable',
  }
  return known[status] ?? (status >= 400 && status < 500 ? 'bad_request' : 'internal')
}
