import { type App, foreignClaim } from '@carillon/contract'
import { errors, type JWTPayload, jwtVerify } from 'jose'
import { badToken, type Claims } from './grant.ts'

const CLIENT_SCOPE = 'session.connect'

/** The claims of a JWT that a secret of the app signed, or null. The caller checks its kind and its times. */
export async function signedClaims({ key, secrets }: App, token: string): Promise<JWTPayload | null> {
  if (!isCanonical(token)) return null
  for (const { secret } of secrets) {
    const claims = await verified(token, secret)
    if (claims?.iss === key && claims['ist'] === 'project') return claims
  }
  return null
}

/** @throws Refusal 403 */
export async function readJwt(app: App, token: string): Promise<Claims> {
  const claims = await signedClaims(app, token)
  if (!claims) throw badToken('it is not a JWT that a secret of its app signed with HS256 for its key')
  if (claims['scope'] !== CLIENT_SCOPE) throw badToken(`its scope is not ${CLIENT_SCOPE}`)
  const foreign = foreignClaim('session client', claims)
  if (foreign !== undefined) throw badToken(`its claim ${foreign} shows that it is for something else`)
  return {
    sessionId: textOf(claims, 'session_id'),
    createdAt: claims.iat as number,
    expiresAt: claims.exp,
    role: textOf(claims, 'role'),
    connectionData: textOf(claims, 'connection_data'),
    layoutClasses: textOf(claims, 'initial_layout_class_list'),
  }
}

/** A signature that is not canonical base64 would let two texts be one token. */
function isCanonical(token: string): boolean {
  const signature = token.slice(token.lastIndexOf('.') + 1)
  return Buffer.from(signature, 'base64url').toString('base64url') === signature
}

async function verified(token: string, secret: string): Promise<JWTPayload | null> {
  try {
    return (await jwtVerify(token, Buffer.from(secret), { algorithms: ['HS256'] })).payload
  } catch (error) {
    return error instanceof errors.JWTExpired ? error.payload : null
  }
}

function textOf(claims: Record<string, unknown>, name: string): string {
  const value = claims[name] ?? ''
  if (typeof value !== 'string') throw badToken(`its ${name} is not a string`)
  return value
}
