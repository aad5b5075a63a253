import type { ErrorCode } from '@carillon/contract'
import { html } from 'hono/html'
import { STATUS_OF } from '../errors.ts'
import type { Html } from './text.ts'

/** What each error code means for a caller. */
const errorMeanings: Readonly<Record<ErrorCode, string>> = {
  bad_request: 'The request cannot be read, or a parameter occurs twice.',
  bad_query: 'The search query is invalid. The sentence names the position.',
  invalid_app_key: 'The key does not exist.',
  invalid_request_time: 'The time is not in Unix seconds, or the clock is off by more than ten minutes.',
  invalid_request_signature: 'The secret is wrong, or the request differs from what was signed.',
  nonce_used: 'Each request needs its own nonce.',
  signature_version_refused: 'The app accepts version 2 only.',
  unauthorized: 'The account or the password is wrong, or the user token is not accepted.',
  forbidden:
    'The app is disabled, the user token lacks the scope, or an open server was called from another machine or website.',
  not_found: 'The route does not exist.',
  pusher_not_found: 'The pusher does not exist.',
  push_not_found: 'The push does not exist, or is not pending any more.',
  broadcast_not_found: 'The broadcast does not exist.',
  app_not_found: 'The app does not exist.',
  suppression_not_found: 'The suppression does not exist.',
  address_not_found: 'The address does not exist.',
  template_not_found: 'The template does not exist, or not for this sender.',
  category_not_found: 'The category does not exist.',
  method_not_allowed: 'The route does not have this method.',
  pusher_required: 'The field pusher is missing.',
  sender_not_enabled: 'The pusher does not have this sender.',
  push_sending: 'A worker is sending the push right now.',
  conflict: 'The present state does not allow it. The sentence gives the reason.',
  broadcast_done: 'The broadcast has ended.',
  idempotency_key_reused: 'The key was used for a different request.',
  idempotency_key_in_flight: 'The first request with this key is not finished.',
  too_large: 'The body is larger than 1 MB, or 16 MB where files are allowed.',
  unsupported_media_type: 'The body is neither JSON nor a form.',
  invalid_field: 'A field is missing or invalid. The sentence names it.',
  too_many_requests: 'Wait as long as Retry-After says.',
  internal: 'The server failed. Its log has the reason.',
  unavailable: 'The database or Redis cannot be reached. Try again later.',
}

/** The codes with their statuses and meanings. */
export function errorList(codes: readonly ErrorCode[]): Html {
  return html`<dl class="fields">
    ${codes.map(
      (code) =>
        html`<div>
          <dt><code>${code}</code> <span class="quiet">${STATUS_OF[code]}</span></dt>
          <dd>${errorMeanings[code]}</dd>
        </div>`,
    )}
  </dl>`
}
