import { createHmac, timingSafeEqual } from 'node:crypto'
import { type App, foreignClaim } from '@carillon/contract'
import type { SessionRole } from '@carillon/contract/session-messages'
import { Refusal } from '@carillon/http'
import { errors, type JWTPayload, jwtVerify } from 'jose'
import { keyOfSession } from './session-id.ts'

/** Characters: many times the length of the longest token. */
const LONGEST_TOKEN = 16_384

/**
 * Checks a client's token, which an application made with a secret of its app: `T1==…` or a JWT. It is not checked
 * whether its session exists.
 * @param now Unix seconds
 */
export async function verifyToken(app: App, token: string, now: number): Promise<SessionGrant | Refusal> {
  try {
    if (token.length > LONGEST_TOKEN) throw badToken(`it is longer than ${LONGEST_TOKEN} characters`)
    return grantOf(app.key, isT1(token) ? readT1(app, token) : await readJwt(app, token), now)
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

/** An act of a client that its role must allow. */
export type Act = 'publish' | 'subscribe' | 'signal' | 'moderate'

const allowed: Readonly<Record<SessionRole, readonly Act[]>> = {
  subscriber: ['subscribe'],
  publisher: ['publish', 'subscribe', 'signal'],
  publisheronly: ['publish'],
  moderator: ['publish', 'subscribe', 'signal', 'moderate'],
}

/** What a token lets its holder do. */
export interface SessionGrant {
  sessionId: string
  role: SessionRole
  /** The application's description of the client, which everyone in the session sees. */
  connectionData: string
  /** Unix seconds. */
  expiresAt: number
  /** Layout classes of the streams that the client publishes. */
  initialLayoutClassList: string[]
}

/** The content of a token of either kind, once its signature is checked. */
interface Claims {
  sessionId: string
  /** Unix seconds. */
  createdAt: number
  expiresAt: number | undefined
  /** '': publisher. */
  role: string
  connectionData: string
  /** Separated by spaces. */
  layoutClasses: string
}

const DAY_S = 86_400
const LONGEST_LIFE_S = 30 * DAY_S
/** Clocks of others may be this far ahead. */
const SKEW_S = 600
/** Characters. */
const LONGEST_DATA = 1024

/**
 * @param now Unix seconds
 * @throws Refusal 403
 */
function grantOf(key: string, claims: Claims, now: number): SessionGrant {
  const { sessionId, createdAt, role, connectionData, layoutClasses } = claims
  if (keyOfSession(sessionId) !== key) throw badToken("its session_id is not one of its app's sessions")
  const expiresAt = claims.expiresAt ?? createdAt + DAY_S
  checkTimes(createdAt, expiresAt, now)
  const granted = role || 'publisher'
  if (!isRole(granted)) throw badToken('its role must be subscriber, publisher, publisheronly or moderator')
  if (connectionData.length > LONGEST_DATA)
    throw badToken(`its connection_data is longer than ${LONGEST_DATA} characters`)
  if (layoutClasses.length > LONGEST_DATA)
    throw badToken(`its initial_layout_class_list is longer than ${LONGEST_DATA} characters`)
  const initialLayoutClassList = layoutClasses.split(/\s+/).filter(Boolean)
  return { sessionId, role: granted, connectionData, expiresAt, initialLayoutClassList }
}

function badToken(why: string): Refusal {
  return new Refusal(403, `This token is not accepted: ${why}.`)
}

function checkTimes(createdAt: number, expiresAt: number, now: number): void {
  if (!Number.isFinite(createdAt) || !Number.isFinite(expiresAt)) throw badToken('its times must be Unix seconds')
  if (createdAt > now + SKEW_S) throw badToken("it was created in the future, by this server's clock")
  if (expiresAt > createdAt + LONGEST_LIFE_S) throw badToken('it is valid for more than 30 days')
  if (expiresAt <= now) throw badToken('it has expired')
}

function isRole(text: string): text is SessionRole {
  return Object.hasOwn(allowed, text)
}

export function may(role: SessionRole, act: Act): boolean {
  return allowed[role].includes(act)
}

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
async function readJwt(app: App, token: string): Promise<Claims> {
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

/** With a signature that is not canonical base64, two texts could be one token. */
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

const PREFIX = 'T1=='
const HEAD = /^partner_id=([^&]*)&sig=([0-9a-f]{40})$/

function isT1(token: string): boolean {
  return token.startsWith(PREFIX)
}

/**
 * `T1==` and, in base64, `partner_id=<key>&sig=<hex HMAC-SHA1 of the rest>:<form>`. What is signed are the bytes as
 * they came: makers order and encode the form's fields each their own way.
 * @throws Refusal 403
 */
function readT1({ key, secrets }: App, token: string): Claims {
  const bytes = decode(token.slice(PREFIX.length))
  const cut = bytes.indexOf(':')
  const [, partner, signature] = HEAD.exec(bytes.subarray(0, cut).toString()) ?? []
  if (cut < 0 || signature === undefined) throw badToken('it is not partner_id=…&sig=…:… in base64')
  if (partner !== key) throw badToken('its partner_id is not the key of the app')
  const data = bytes.subarray(cut + 1)
  if (!secrets.some(({ secret }) => isSigned(secret, data, signature)))
    throw badToken('no secret of its app made its signature')
  return claimsOf(new URLSearchParams(data.toString()))
}

/** With base64 that is not canonical, two texts could be one token. */
function decode(text: string): Buffer {
  const bytes = Buffer.from(text, 'base64')
  if (bytes.toString('base64') !== text) throw badToken('it is not base64')
  return bytes
}

function isSigned(secret: string, data: Uint8Array, signature: string): boolean {
  return timingSafeEqual(createHmac('sha1', secret).update(data).digest(), Buffer.from(signature, 'hex'))
}

function claimsOf(form: URLSearchParams): Claims {
  const text = (name: string) => form.get(name) ?? ''
  return {
    sessionId: text('session_id'),
    createdAt: secondsOf(text('create_time')),
    expiresAt: text('expire_time') === '' ? undefined : secondsOf(text('expire_time')),
    role: text('role'),
    connectionData: text('connection_data'),
    layoutClasses: text('initial_layout_class_list'),
  }
}

function secondsOf(text: string): number {
  return /^\d{1,12}(?:\.\d*)?$/.test(text) ? Math.floor(Number(text)) : NaN
}
