import { createHash, createSecretKey, type KeyObject } from 'node:crypto'
import { type App, type EnabledApps, foreignClaim, readPublicKey, type TokenKind } from '@carillon/contract'
import { decodeProtectedHeader, errors, type JWTPayload, jwtVerify } from 'jose'

/** A token that was found to be an app's. */
export interface Verified {
  app: App
  /** What it claims. */
  claims: JWTPayload & { exp: number }
}

/** The user whose consumer a token is for. */
export interface Bearer {
  user: string
  /** Unix seconds. */
  exp: number
  source?: unknown
}

/** Why a token is refused, in the words of the legacy server where clients may read them. */
export class TokenError extends Error {
  override readonly name = 'TokenError'
}

/** A key fixes the algorithm. The algorithm that a token names only decides which keys are tried. */
interface VerificationKey {
  algorithm: 'HS256' | 'RS256' | 'ES256'
  key: KeyObject
}

/** The kinds of Snapper's own tokens. */
type SnapperKind = Extract<TokenKind, `Snapper ${string}`>

/** Looks for the app whose key signed a token, since tokens do not name it. */
export class Tokens {
  readonly #apps: EnabledApps

  constructor(apps: EnabledApps) {
    this.#apps = apps
  }

  /** @throws TokenError, also for a token of another kind */
  async verify(token: unknown, kind: SnapperKind): Promise<Verified> {
    const verified = await this.#signer(token)
    const claim = foreignClaim(kind, verified.claims)
    if (claim !== undefined) throw new TokenError(`Invalid ${claim}: this is not a token of a ${kind}`)
    return verified
  }

  async #signer(token: unknown): Promise<Verified> {
    if (typeof token !== 'string') throw new TokenError('Invalid signature')
    const algorithm = algorithmOf(token)
    for (const app of await this.#apps.list()) {
      for (const key of keysOf(app)) {
        const claims = key.algorithm === algorithm ? await claimsOf(token, key) : null
        if (claims) return { app, claims }
      }
    }
    throw new TokenError('Invalid signature')
  }
}

function algorithmOf(token: string): unknown {
  try {
    return decodeProtectedHeader(token).alg
  } catch {
    throw new TokenError('Invalid signature')
  }
}

/** @returns null when another key signed it */
async function claimsOf(token: string, { key, algorithm }: VerificationKey): Promise<Verified['claims'] | null> {
  try {
    const { payload } = await jwtVerify(token, key, { algorithms: [algorithm], requiredClaims: ['exp'] })
    if (!Number.isSafeInteger(payload.exp)) throw new TokenError('Invalid exp')
    return payload as Verified['claims']
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed) return null
    if (error instanceof errors.JWTExpired) throw new TokenError(`Expired: ${expiry(error.payload)}`)
    if (error instanceof errors.JWTClaimValidationFailed) throw new TokenError(`Invalid ${error.claim}`)
    throw error instanceof TokenError ? error : new TokenError('Invalid signature')
  }
}

function expiry({ exp = 0 }: JWTPayload): string {
  const date = new Date(exp * 1000)
  return Number.isNaN(date.getTime()) ? String(exp) : date.toISOString()
}

const known = new WeakMap<App, VerificationKey[]>()

function keysOf(app: App): VerificationKey[] {
  const keys = known.get(app) ?? [
    ...app.secrets.map(secretKey),
    ...(app.settings.publicKeys ?? []).flatMap((pem) => readPublicKey(pem) ?? []),
  ]
  known.set(app, keys)
  return keys
}

function secretKey({ secret }: { secret: string }): VerificationKey {
  return { algorithm: 'HS256', key: createSecretKey(secret, 'utf8') }
}

/** The id is the same for the same token, so that a consumer finds its queue and its rooms again. */
export function consumerId({ user, exp, source }: Bearer): string {
  const userHex = /^[a-f0-9]{24}$/.test(user) ? user : createHash('sha256').update(user).digest('hex').slice(0, 24)
  const hex = userHex + exp.toString(16)
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  const text = bytes.toString('base64').replaceAll('/', '_').replaceAll('+', '-').replaceAll('=', '~')
  return `${letterOf(source)}.${text}`
}

/** Android, iOS, web, or the legacy server's own letter. */
function letterOf(source: unknown): string {
  const letter = typeof source === 'string' ? source.charAt(0).toLowerCase() : ''
  return letter !== '' && 'aiwt'.includes(letter) ? letter : 't'
}
