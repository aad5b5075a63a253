import { createHmac } from 'node:crypto'

/** What a user token lets its user do. */
export const userScopes = ['addresses', 'inbox', 'preferences'] as const
export type UserScope = (typeof userScopes)[number]

/** Seconds that a user token may be valid. */
export const LONGEST_USER_TOKEN_S = 86_400
const DEFAULT_USER_TOKEN_S = 3600

export interface UserTokenOptions {
  /** Default: `addresses`. */
  scope?: readonly UserScope[]
  /** Seconds, at most a day; default an hour. */
  expiresIn?: number
}

interface UserTokenWish extends UserTokenOptions {
  /** Of the app. */
  key: string
  secret: string
  /** The id of the user. */
  pusher: string
  /** Unix seconds. */
  now: number
}

/**
 * Makes the token with which one pusher's app or browser calls `/v1/me/…`: a JWT (RFC 7519), signed with HS256 by the
 * app's secret. Its header names the app by its key, its claims the pusher, what it may do and until when.
 */
export function signUserToken(wish: UserTokenWish): { token: string; expiresAt: number } {
  const { key, secret, pusher, now, scope = ['addresses'], expiresIn = DEFAULT_USER_TOKEN_S } = wish
  const expiresAt = now + expiresIn
  const head = { alg: 'HS256', typ: 'JWT', kid: key }
  const claims = { sub: pusher, scope, iat: now, exp: expiresAt }
  const text = [head, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return { token: `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`, expiresAt }
}
