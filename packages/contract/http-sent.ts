import type { Sent } from './retryable-error.ts'

/** A gateway's words for an answer that it lost; Cloudflare's own begin at 520. */
const LOST_ANSWERS = new Set([502, 504])
const CLOUDFLARE = 520

/** Codes of certificates that were not accepted: no request went out. */
const BAD_CERTIFICATE =
  /^(CERT_|CRL_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_|HOSTNAME_MISMATCH|INVALID_CA|INVALID_PURPOSE|ERR_TLS_CERT_)/
/** OpenSSL's words for handshakes that failed: the other side does not speak TLS, or no version of it that is spoken here. */
const NO_HANDSHAKE =
  /wrong version number|packet length too long|unsupported protocol|protocol version|no protocols available|no shared cipher|handshake failure|unrecognized name/
const NO_CONNECTION = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'])

/**
 * What the status of a failed request says about the message. An answer is an answer, also a 500;
 * but a gateway may have handed the request on, and a 2xx that counts as failed was cut off.
 */
export function sentByStatus(status: number): Sent {
  return status < 300 || LOST_ANSWERS.has(status) || status >= CLOUDFLARE ? 'maybe' : 'no'
}

/** What an error without an answer says: `no` only where there never was a connection to send it over. */
export function sentByError(error: unknown): Sent {
  const { code, syscall, message, cause, errors }: Record<string, unknown> = Object(error)
  if (syscall === 'connect' || syscall === 'getaddrinfo') return 'no'
  if (typeof code === 'string' && neverBegan(code, String(message))) return 'no'
  if (Array.isArray(errors)) return errors.every((each) => sentByError(each) === 'no') ? 'no' : 'maybe'
  return cause === undefined ? 'maybe' : sentByError(cause)
}

function neverBegan(code: string, message: string): boolean {
  if (NO_CONNECTION.has(code) || BAD_CERTIFICATE.test(code)) return true
  return (code === 'EPROTO' || code.startsWith('ERR_SSL_')) && NO_HANDSHAKE.test(message)
}
