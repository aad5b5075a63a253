/** Every error that the API returns; `apps/api/errors.ts` gives each its HTTP status. */
export type ErrorCode =
  | 'bad_request' // cannot be read: broken JSON, broken UTF-8, a parameter twice
  | 'bad_query' // a search that cannot be parsed, with the place
  | 'invalid_app_key'
  | 'invalid_request_time'
  | 'invalid_request_signature'
  | 'nonce_used' // a v2 request seen before
  | 'signature_version_refused' // v1 to an app that takes v2 only
  | 'unauthorized' // admin or bearer credentials
  | 'forbidden'
  | 'not_found' // no such route
  | 'method_not_allowed' // the route is there, but not with this method
  | 'pusher_not_found'
  | 'push_not_found' // unknown, or finished
  | 'broadcast_not_found'
  | 'app_not_found'
  | 'suppression_not_found'
  | 'address_not_found'
  | 'template_not_found'
  | 'category_not_found'
  | 'pusher_required'
  | 'sender_not_enabled' // the pusher lacks the sender
  | 'push_sending' // too late to cancel: it is being sent right now
  | 'conflict'
  | 'broadcast_done' // or cancelled: nothing is left to pause or to cancel
  | 'idempotency_key_reused' // for another request
  | 'idempotency_key_in_flight' // the same request is being handled
  | 'too_many_requests' // Retry-After says when to come back
  | 'too_large'
  | 'unsupported_media_type'
  | 'invalid_field' // readable but not acceptable; the sentence names the field
  | 'unavailable' // the database or Redis cannot be reached
  | 'internal'

export interface ErrorDetails {
  cause?: unknown
  hint?: string | undefined
}

/** An error of the domain: a code, and a sentence that a stranger can act on. */
export class CarillonError extends Error {
  override readonly name = 'CarillonError'
  readonly code: ErrorCode
  /** What to do, where the sentence cannot say it: legacy clients read some sentences word for word. */
  readonly hint: string | undefined
  constructor(code: ErrorCode, message: string, { hint, ...options }: ErrorDetails = {}) {
    super(message, options)
    this.code = code
    this.hint = hint
  }
}

/**
 * A mistake that the operator can correct before the next start. The sentence says what is wrong and how to correct it.
 */
export class SetupError extends Error {
  override readonly name = 'SetupError'
}

/** Also true of an error from another copy of this package: a plugin may bring its own. */
export function isSetupError(error: unknown): boolean {
  return error instanceof Error && error.name === 'SetupError'
}

/**
 * What a log may say of any error: the code, of Redis the first word, or else the name of its root cause. A message may
 * repeat a statement's parameters, which are people's data.
 */
export function errorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  if (error.cause instanceof Error) return errorCode(error.cause)
  if ('code' in error && typeof error.code === 'string') return error.code
  return replyCode(error) ?? error.name
}

/**
 * Where an error was thrown, by the code or name of its cause and the frames of its stack. Neither is a message, which may
 * repeat what was being sent.
 */
export function errorStack(error: unknown): string {
  const frames = error instanceof Error ? (String(error.stack).match(/^\s+at .*$/gm) ?? []) : []
  return [errorCode(error), ...frames].join('\n')
}

interface ReplyError extends Error {
  /** Why a transaction was not run. */
  previousErrors?: Error[]
}

/** Errors of Redis that have no code of their own. */
const BY_SENTENCE: readonly (readonly [RegExp, string])[] = [
  [/max number of clients/i, 'MAXCLIENTS'],
  [/invalid (?:username-)?password|no password is set/i, 'WRONGPASS'],
  [/unknown (?:redis )?command/i, 'UNKNOWNCOMMAND'],
  [/user executing the script can't/i, 'NOPERM'],
  [/DB index/i, 'DBINDEX'],
  [/not allowed in cluster mode/i, 'CROSSSLOT'],
]

/**
 * The code of an error that Redis answered, such as `READONLY`: the first word of its message. What follows it may
 * repeat keys. Undefined for any other error.
 */
export function replyCode(error: Error): string | undefined {
  const { name, message, previousErrors: [before] = [] } = error as ReplyError
  const isReply = name === 'ReplyError'
  if (isReply && before) return replyCode(before)
  // A server at its connection limit sends its error before any command, which the client reports as its own fault.
  const text = isReply ? message : /^Command queue state error.* Last error: (.*)/s.exec(message)?.[1]
  if (text === undefined) return undefined
  const known = BY_SENTENCE.find(([pattern]) => pattern.test(text))
  if (known) return known[1]
  const first = /^-?([A-Z]+)\b/.exec(text)?.[1]
  // Until Redis 7 what failed within a script is quoted: `ERR Error running script …: @user_script: 1: -READONLY You …`
  const quoted = first === 'ERR' ? /: -([A-Z]+) /.exec(text)?.[1] : undefined
  return quoted ?? first
}

/** OpenSSL's and Node's codes for a certificate that is not accepted. */
const CERTIFICATE_FAULTS: Record<string, string> = {
  CERT_HAS_EXPIRED: 'has expired',
  CERT_NOT_YET_VALID: 'is not valid yet',
  CERT_REVOKED: 'was revoked',
  ERR_TLS_CERT_ALTNAME_INVALID: 'is for another host name',
  HOSTNAME_MISMATCH: 'is for another host name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'was signed by an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'was signed by an authority that is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'was signed by an authority that is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'was signed by an authority that is not trusted here',
}

const OTHER_CERTIFICATE_FAULTS =
  /^(?:CERT_|CRL_|UNABLE_TO_|ERROR_IN_C|ERR_TLS_CERT_|INVALID_(?:CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$)/

/** What is wrong with the certificate of a server, as the end of a sentence: "is self-signed". */
export function certificateFault(code: string): string | undefined {
  return CERTIFICATE_FAULTS[code] ?? (OTHER_CERTIFICATE_FAULTS.test(code) ? 'is not accepted' : undefined)
}
