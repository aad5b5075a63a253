import jwt from 'jsonwebtoken'
import type { App } from '@carillon/contract'
import { badToken, type Claims } from './grant.ts'

/** What keeps a token for an application's server from connecting, and one for clients from calling. */
const CLIENT_SCOPE = 'session.connect'

/** The claims of a JWT that a secret of the app signed, or null. Its times are the caller's to check. */
export function signedClaims({ key, secrets }: App, token: string): Record<string, unknown> | null {
  for (const { secret } of secrets) {
    const claims = verified(token, secret)
    if (claims?.iss === key && claims.ist === 'project') return claims
  }
  return null
}

/** @throws Refusal 403 */
export function readJwt(app: App, token: string): Claims {
  const claims = signedClaims(app, token)
  if (!claims) throw badToken('it is not a JWT that a secret of its app signed with HS256 for its key')
  if (claims.scope !== CLIENT_SCOPE) throw badToken(`its scope is not ${CLIENT_SCOPE}`)
  return {
    sessionId: textOf(claims, 'session_id'),
    createdAt: claims.iat as number,
    expiresAt: claims.exp as number | undefined,
    role: textOf(claims, 'role'),
    connectionData: textOf(claims, 'connection_data'),
    layoutClasses: textOf(claims, 'initial_layout_class_list'),
  }
}

function verified(token: string, secret: string): jwt.JwtPayload | null {
  try {
    const claims = jwt.verify(token, secret, { algorithms: ['HS256'], ignoreExpiration: true })
    return typeof claims === 'string' ? null : claims
  } catch {
    return null
  }
}

function textOf(claims: Record<string, unknown>, name: string): string {
  const value = claims[name] ?? ''
  if (typeof value !== 'string') throw badToken(`its ${name} is not a string`)
  return value
}
