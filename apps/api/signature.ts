import { type App, CarillonError, type ErrorCode, sameSignature, signV1, signV2 } from '@carillon/contract'
import { knownApps } from '@carillon/store'
import type { Context, MiddlewareHandler } from 'hono'
import { createHash, timingSafeEqual } from 'node:crypto'
import { refuseForeignPages } from './open-mode.ts'
import type { ApiDeps } from './deps.ts'
import { type ApiEnv, receive, type Received } from './receive.ts'

export type SignatureDeps = Pick<ApiDeps, 'apps' | 'nonces' | 'open' | 'firstApp'>

/** A request's time may be this far off, either way. */
const WINDOW_S = 600
const MAX_NONCE = 64
/** A request from the future is good until its time plus the window; the clocks of processes may differ by a minute. */
const KEEP_NONCE_S = 2 * WINDOW_S + 60

/**
 * Lets signed requests through, v1 and v2, and leaves `app` and `received` in the context. In open
 * mode a request without X-App-Key acts as the first app. Reusable in any Hono app whose `onError`
 * renders a CarillonError, as `errorHandler` does.
 * @throws CarillonError, 401 with the legacy server's message, or one of the errors of `receive`.
 */
export function signatureMiddleware(deps: SignatureDeps): MiddlewareHandler<ApiEnv> {
  const findApp = knownApps(deps.apps).byKey
  return async (c, next) => {
    const key = c.req.header('x-app-key') ?? ''
    if (key === '' && deps.open) {
      refuseForeignPages(c)
      c.set('app', deps.firstApp)
      c.set('received', await receive(c))
    } else {
      await admitSigned(c, deps, key === '' ? null : await findApp(key))
    }
    return next()
  }
}

/** What needs no body is checked before the body is read. */
async function admitSigned(c: Context<ApiEnv>, deps: SignatureDeps, app: App | null): Promise<void> {
  if (!app) throw refusal('invalid_app_key', 'Invalid X-App-Key')
  const timestamp = readTime(c)
  const version = readVersion(c, app)
  const received = await receive(c)
  const nonce = version === 2 ? checkV2(c, app, timestamp, received) : checkV1(c, app, timestamp, received)
  if (!app.enabled) throw refusal('forbidden', 'This app is disabled.')
  if (nonce !== undefined) await useNonce(deps, app, nonce)
  c.set('app', app)
  c.set('received', received)
}

function readTime(c: Context<ApiEnv>): string {
  const timestamp = c.req.header('x-request-time') ?? ''
  const off = Math.abs(Number(timestamp) - Date.now() / 1000)
  if (!/^\d{1,12}$/.test(timestamp) || off > WINDOW_S) throw refusal('invalid_request_time', 'Invalid X-Request-Time')
  return timestamp
}

function readVersion(c: Context<ApiEnv>, app: App): 1 | 2 {
  const version = c.req.header('x-signature-version') ?? '1'
  if (version === '2') return 2
  if (version !== '1') throw refusal('signature_version_refused', 'X-Signature-Version must be 1 or 2.')
  if (app.v2Only) throw refusal('signature_version_refused', 'This app accepts only X-Signature-Version 2.')
  return 1
}

function checkV1(c: Context<ApiEnv>, app: App, timestamp: string, { parameters, path, json }: Received): void {
  const own = { app_key: app.key, timestamp, path, ...(json !== undefined && { body: json }) }
  const signed: Record<string, string> = Object.assign(Object.create(null), parameters, own)
  checkSignature(c, app, (secret) => signV1(secret, signed))
}

/** Answers the nonce, to be used up by a request that proved right. */
function checkV2(c: Context<ApiEnv>, app: App, timestamp: string, { target, body }: Received): string {
  const nonce = c.req.header('x-request-nonce') ?? ''
  if (nonce === '' || nonce.length > MAX_NONCE) {
    throw new CarillonError('bad_request', `X-Request-Nonce must be 1 to ${MAX_NONCE} characters.`)
  }
  const signed = { method: c.req.method, pathAndQuery: target, timestamp, nonce, body }
  checkSignature(c, app, (secret) => signV2(secret, signed))
  return nonce
}

function checkSignature(c: Context<ApiEnv>, app: App, sign: (secret: string) => string): void {
  const given = c.req.header('x-request-signature') ?? ''
  if (app.secrets.some(({ secret }) => sameSignature(given, sign(secret)))) return
  throw refusal('invalid_request_signature', 'Invalid X-Request-Signature')
}

async function useNonce({ nonces }: SignatureDeps, app: App, nonce: string): Promise<void> {
  if (!(await nonces.use(app.id, nonce, KEEP_NONCE_S))) throw refusal('nonce_used', 'X-Request-Nonce was used before.')
}

function refusal(code: ErrorCode, sentence: string): CarillonError {
  return new CarillonError(code, sentence)
}

/** Compares texts of any length in one time, whatever they hold. */
export function sameText(one: string, other: string): boolean {
  return timingSafeEqual(digest(one), digest(other))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
