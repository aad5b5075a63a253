import { createHash, createPublicKey, type KeyObject } from 'node:crypto'

export interface PublicKey {
  /** The only algorithm that its tokens may use. */
  algorithm: 'RS256' | 'ES256'
  key: KeyObject
}

/** Reads a public key that verifies tokens; null for any other text, including a private key. */
export function readPublicKey(pem: string): PublicKey | null {
  if (!pem.includes('PUBLIC KEY') || pem.includes('PRIVATE')) return null
  try {
    const key = createPublicKey(pem)
    if (key.asymmetricKeyType === 'rsa') return isLong(key) ? { algorithm: 'RS256', key } : null
    return key.asymmetricKeyDetails?.namedCurve === 'prime256v1' ? { algorithm: 'ES256', key } : null
  } catch {
    return null
  }
}

/** The beginning of the SHA-256 of a public key, which names it however its PEM is written. */
export function fingerprintOf(pem: string): string {
  const der = readPublicKey(pem)?.key.export({ type: 'spki', format: 'der' })
  return createHash('sha256')
    .update(der ?? pem)
    .digest('hex')
    .slice(0, 16)
}

/** RFC 7518, 3.3, requires at least 2048 bits. */
function isLong({ asymmetricKeyDetails }: KeyObject): boolean {
  return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
}

/**
 * The purposes of an app's JWTs. The protocols share the app's secrets, so the signature alone does not show whether a
 * token was issued to a browser or to an application's server. Its claims do.
 */
export type TokenKind =
  | 'session client'
  | 'session project'
  | 'Snapper consumer'
  | 'Snapper producer'
  | 'Snapper stats'
  | 'user'

/** Claims that only tokens of these kinds have. */
const owners = new Map<string, readonly TokenKind[]>([
  ['scope', ['session client', 'user']],
  ['session_id', ['session client']],
  ['ist', ['session client', 'session project']],
  ['userId', ['Snapper consumer']],
])

/** The claim that shows that a token has another purpose; undefined when there is none. */
export function foreignClaim(kind: TokenKind, claims: Readonly<Record<string, unknown>>): string | undefined {
  for (const [claim, kinds] of owners) if (Object.hasOwn(claims, claim) && !kinds.includes(kind)) return claim
  const isForStats = claims['name'] === 'snapper'
  return kind === 'Snapper producer' && isForStats ? 'name' : undefined
}
