import { createHmac, createPrivateKey, type KeyObject, sign } from 'node:crypto'

/** The keys of a producer. The current one is, as far as is known, accepted by the server. */
export class Keys {
  readonly #signers: readonly Signer[]
  #at = 0

  /** @throws TypeError for a PEM that holds no key of a kind that will do */
  constructor(secretKeys: readonly string[]) {
    this.#signers = secretKeys.map((key) => new Signer(key))
  }

  get count(): number {
    return this.#signers.length
  }

  token(claims: object): string {
    return this.#signers[this.#at]!.token(claims)
  }

  /** The server does not take this one. */
  next(): void {
    this.#at = (this.#at + 1) % this.count
  }
}

/** Signs tokens with a secret (HS256), or with a PEM private key (RS256 or ES256, by its kind). */
class Signer {
  readonly #secret: string
  readonly #key: KeyObject | undefined
  readonly #algorithm: 'HS256' | 'RS256' | 'ES256'

  /** @throws TypeError for a PEM that holds no key of these kinds */
  constructor(secret: string) {
    this.#secret = secret
    this.#key = secret.includes('-----BEGIN') ? privateKey(secret) : undefined
    this.#algorithm = this.#key ? algorithmOf(this.#key) : 'HS256'
  }

  token(claims: object): string {
    const signed = `${text({ alg: this.#algorithm, typ: 'JWT' })}.${text(claims)}`
    return `${signed}.${this.#sign(signed).toString('base64url')}`
  }

  #sign(signed: string): Buffer {
    if (!this.#key) return createHmac('sha256', this.#secret).update(signed).digest()
    return sign('sha256', Buffer.from(signed), { key: this.#key, dsaEncoding: 'ieee-p1363' })
  }
}

function privateKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem)
  } catch {
    throw new TypeError('one of the secretKeys is PEM, but not a readable private key')
  }
}

function algorithmOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): 'RS256' | 'ES256' {
  if (asymmetricKeyType === 'rsa') return 'RS256'
  if (asymmetricKeyDetails?.namedCurve === 'prime256v1') return 'ES256'
  throw new TypeError('a private key in secretKeys must be RSA or P-256')
}

function text(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
