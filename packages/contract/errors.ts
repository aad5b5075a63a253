/** Every error a caller of the API can meet; `apps/api/errors.ts` gives each its HTTP status. */
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
  | 'pusher_required'
  | 'sender_not_enabled' // the pusher lacks the sender
  | 'push_sending' // too late to cancel: it is being sent right now
  | 'conflict'
  | 'broadcast_done' // or cancelled: nothing is left to pause or to cancel
  | 'idempotency_key_reused' // for another request
  | 'idempotency_key_in_flight' // the same request is being handled
  | 'too_large'
  | 'unsupported_media_type'
  | 'invalid_field' // readable but not acceptable; the sentence names the field
  | 'unavailable' // the database or Redis cannot be reached
  | 'internal'

/** An error of the domain: a code, and a sentence that a stranger can act on. */
export class CarillonError extends Error {
  override readonly name = 'CarillonError'
  readonly code: ErrorCode
  constructor(code: ErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}
