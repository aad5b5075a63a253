import { createHash } from 'node:crypto'
import type { App, Caller } from '@carillon/contract'
import { jsonAnswer, malformed, readBody, unauthorized } from '@carillon/http'
import type { Context, Handler } from 'hono'
import { limitsOf, MOST_EVENTS } from '../limits.ts'
import type { ChannelsDeps } from '../deps.ts'
import { isSigned } from '../signature.ts'

/** A request that its app has signed, in Hono's context. */
export interface ChannelsEnv {
  Bindings: Caller
  Variables: { app: App; query: SignedQuery }
}

export type ChannelsContext = Context<ChannelsEnv>

/** Names in lower case, values decoded. */
export type SignedQuery = ReadonlyMap<string, string>

interface SignedPath {
  /** As sent; without a proxy's prefix, which the proxy takes off and clients do not sign. */
  path: string
  /** What is meant by it. */
  decodedPath: string
}

/** A request's time may be this far off, either way. */
const WINDOW_S = 600
const VERSION = '1.0'
/** Bytes of JSON for one byte of data, where all of it is spelled as `\u0000`. */
const LONGEST_ESCAPE = 6
/** Bytes of a body for all that is not data: a hundred channels, ten names. */
const NAMES = 64 * 1024

export function readPath(target: string): SignedPath {
  const mark = target.indexOf('?')
  const path = mark === -1 ? target : target.slice(0, mark)
  return { path, decodedPath: decode(path) }
}

/**
 * Read by hand: official SDKs send `+`, `=`, `;`, `,` and `@` in values as they are, and a `+` is no space.
 * @throws Refusal 400 for a parameter that is there twice: it would not be clear which one was signed.
 */
export function readQuery(target: string): SignedQuery {
  const mark = target.indexOf('?')
  const query = new Map<string, string>()
  if (mark === -1) return query
  const pairs = target.slice(mark + 1).split('&')
  for (const pair of pairs.filter((each) => each !== '')) {
    const cut = pair.indexOf('=')
    const name = decode(cut === -1 ? pair : pair.slice(0, cut)).toLowerCase()
    if (query.has(name)) throw malformed(`The query contains ${name} twice.`)
    query.set(name, cut === -1 ? '' : decode(pair.slice(cut + 1)))
  }
  return query
}

/**
 * Checks all but the body, so that no body is read whose sender is unknown.
 * @throws Refusal 401 with the reason.
 */
export function checkSignature(app: App, method: string, { path, decodedPath }: SignedPath, query: SignedQuery): void {
  const [key, version, timestamp, signature] = [
    required(query, 'auth_key'),
    required(query, 'auth_version'),
    required(query, 'auth_timestamp'),
    required(query, 'auth_signature'),
  ]
  if (key !== app.key) throw unauthorized(`auth_key is not the key of app ${app.id}.`)
  if (version !== VERSION) throw unauthorized(`auth_version must be ${VERSION}.`)
  checkTime(timestamp)
  // Some SDKs sign the path as they send it, others as it was before they encoded it.
  const paths = new Set([path, decodedPath])
  if (paths.values().some((each) => isSigned(app, signedText(method, each, query), signature))) return
  const text = JSON.stringify(signedText(method, path, query))
  throw unauthorized(`auth_signature is not the hex HMAC-SHA256 of ${text} by a secret of this app.`)
}

/** @returns the JSON of the answer */
type ChannelsEndpoint = (deps: ChannelsDeps, c: ChannelsContext, body: Uint8Array) => Promise<object>

/**
 * A route's handler, which calls the endpoint with the body.
 * @throws Refusal 401 when the body is not the one that was signed.
 */
export function signed(deps: ChannelsDeps, endpoint: ChannelsEndpoint, status = 200): Handler<ChannelsEnv> {
  return async (c) => {
    const body = await readBody(c.req.raw, longestBody(c.get('app')))
    checkBody(c.get('query'), body)
    return jsonAnswer(await endpoint(deps, c, body), { status })
  }
}

function longestBody(app: App): number {
  return NAMES + MOST_EVENTS * LONGEST_ESCAPE * limitsOf(app).eventBytes
}

function checkBody(query: SignedQuery, body: Uint8Array): void {
  const given = query.get('body_md5')
  if (given === undefined && body.length === 0) return
  if (given === undefined) throw unauthorized('The query must have body_md5, the hex MD5 of the body.')
  if (given !== createHash('md5').update(body).digest('hex')) {
    throw unauthorized('body_md5 is not the hex MD5 of the body as it arrived.')
  }
}

function required(query: SignedQuery, name: string): string {
  const value = query.get(name)
  if (value === undefined) throw unauthorized(`The query must have ${name}.`)
  return value
}

function checkTime(timestamp: string): void {
  const now = Math.floor(Date.now() / 1000)
  if (/^\d{1,12}$/.test(timestamp) && Math.abs(Number(timestamp) - now) <= WINDOW_S) return
  throw unauthorized(`auth_timestamp must be within ${WINDOW_S} s of this server's time, which is ${now}.`)
}

function signedText(method: string, path: string, query: SignedQuery): string {
  const pairs = [...query].filter(([name]) => name !== 'auth_signature').toSorted(byName)
  return `${method}\n${path}\n${pairs.map(([name, value]) => `${name}=${value}`).join('&')}`
}

/** By code unit, as everyone's sort does; a locale's order differs. */
function byName([a]: [string, string], [b]: [string, string]): number {
  return a < b ? -1 : 1
}

/** Text that is not percent-encoded UTF-8 is used literally: SDKs that do not encode send a `%` as it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
