import { createHmac, createSecretKey, type KeyObject, randomUUID } from 'node:crypto'
import type { SessionRole } from '@carillon/contract/session-messages'

/** How long a token may live, in seconds. */
export const Days30 = 30 * 86_400
export const Weeks1 = 7 * 86_400
export const Hours24 = 86_400
export const Hours2 = 7200
export const Hours1 = 3600

const roles: readonly SessionRole[] = ['subscriber', 'publisher', 'publisheronly', 'moderator']

/** All that tokens made together share. */
export interface TokenWish {
  key: string
  secret: string
  sessionId: string
  role: SessionRole
  connectionData: string
  /** Unix seconds. */
  createdAt: number
  expiresAt: number
}

const LONGEST_DATA = 1024
const HEADER = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT' })).toString('base64url')

/** @throws TypeError naming what cannot be used. */
export function checkToken(role: string, connectionData: string, expiration: number): asserts role is SessionRole {
  if (!(roles as readonly string[]).includes(role)) throw new TypeError(`role must be one of ${roles.join(', ')}`)
  if (connectionData.length > LONGEST_DATA)
    throw new TypeError(`connectionData must be at most ${LONGEST_DATA} characters`)
  if (!(expiration > 0 && expiration <= Days30))
    throw new TypeError('expiration must be seconds, above 0, at most 30 days')
}

/** Tokens that differ by an id alone: what they share is made once. */
export function makeTokens(wish: TokenWish, count: number): string[] {
  const secret = createSecretKey(wish.secret, 'utf8')
  const shared = JSON.stringify(claimsOf(wish)).slice(0, -1)
  return Array.from({ length: count }, () => signJwt(secret, `${shared},"jti":"${randomUUID()}"}`))
}

/** HS256. */
export function signJwt(secret: KeyObject | string, claims: string): string {
  const text = `${HEADER}.${Buffer.from(claims).toString('base64url')}`
  return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`
}

function claimsOf({ key, sessionId, role, connectionData, createdAt, expiresAt }: TokenWish): object {
  return {
    iss: key,
    ist: 'project',
    iat: createdAt,
    exp: expiresAt,
    scope: 'session.connect',
    session_id: sessionId,
    role,
    initial_layout_class_list: '',
    connection_data: connectionData,
  }
}
