import { createPublicKey, type KeyObject } from 'node:crypto'

export interface PublicKey {
  /** The only one that tokens signed with its private key may have. */
  algorithm: 'RS256' | 'ES256'
  key: KeyObject
}

/** A public key that tokens can be checked with; null for any other text, also a private key. */
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

/** RFC 7518 takes no shorter one. */
function isLong({ asymmetricKeyDetails }: KeyObject): boolean {
  return (asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
}

/**
 * What an app's JWTs are for. The protocols share the app's secrets, so a signature alone does not tell whether a token
 * was made for a visitor's browser or for an application's server: its claims do.
 */
export type TokenKind = 'session client' | 'session project' | 'Snapper consumer' | 'Snapper producer' | 'Snapper stats'

/** Claims that only tokens of these kinds have. */
const owners = new Map<string, readonly TokenKind[]>([
  ['scope', ['session client']],
  ['session_id', ['session client']],
  ['ist', ['session client', 'session project']],
  ['userId', ['Snapper consumer']],
])

/** The claim that shows that a token was made for something else than this; undefined where there is none. */
export function foreignClaim(kind: TokenKind, claims: Readonly<Record<string, unknown>>): string | undefined {
  for (const [claim, kinds] of owners) if (Object.hasOwn(claims, claim) && !kinds.includes(kind)) return claim
  const isForStats = claims['name'] === 'snapper'
  return kind === 'Snapper producer' && isForStats ? 'name' : undefined
}
