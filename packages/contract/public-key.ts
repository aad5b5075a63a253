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
