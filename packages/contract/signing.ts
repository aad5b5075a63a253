import { createHash, createHmac, timingSafeEqual } from 'node:crypto'

/**
 * v1: HMAC-MD5, upper-case hex, over every key and value of the signed map, the keys in the order
 * of their UTF-8 bytes and nothing between. The map holds every query and form parameter (a JSON
 * body as one parameter `body`) plus `app_key`, `timestamp` and `path` (decoded).
 */
export function signV1(secret: string, signed: Record<string, string>): string {
  const keys = Object.keys(signed)
  const text = inByteOrder(keys).map((key) => key + signed[key])
  return createHmac('md5', secret).update(text.join('')).digest('hex').toUpperCase()
}

/** ASCII keys need no conversion to sort by bytes, which saves time on every request. */
function inByteOrder(keys: string[]): string[] {
  return keys.every((key) => /^[\0-\x7f]*$/.test(key)) ? keys.toSorted() : keys.toSorted(byUtf8)
}

/** What a v2 signature covers. */
export interface SignedV2 {
  method: string
  /** As sent, percent-encoding untouched. */
  pathAndQuery: string
  /** The header's text, unix seconds. */
  timestamp: string
  nonce: string
  body: string | Uint8Array
}

/** v2: HMAC-SHA256, lower-case hex, over method, path and query, timestamp, nonce and the body's SHA-256, a line each. */
export function signV2(secret: string, request: SignedV2): string {
  const { method, pathAndQuery, timestamp, nonce, body } = request
  const bodyHash = createHash('sha256').update(body).digest('hex')
  return createHmac('sha256', secret)
    .update([method, pathAndQuery, timestamp, nonce, bodyHash].join('\n'))
    .digest('hex')
}

/** Compares in a time that depends on the lengths only. */
export function sameSignature(given: string, expected: string): boolean {
  const a = Buffer.from(given)
  const b = Buffer.from(expected)
  return a.length === b.length && timingSafeEqual(a, b)
}

function byUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
