import { singleFlight } from '@carillon/async'
import { errorCode } from '@carillon/contract'
import { SignJWT } from 'jose'
import * as z from 'zod'
import type { FcmCredentials, OtherCredentials, ServiceAccount } from './credentials.ts'

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging'

/** OAuth access tokens of one project. */
export interface AccessTokens {
  /** @throws TokenError */
  get(): Promise<string>
  /** Forgets a token that FCM refused. */
  drop(token: string): void
}

const NO_TOKEN = 'Google gave no access token'

/** Google gave no access token. */
export class TokenError extends Error {
  /** HTTP status; undefined: there was no answer. */
  readonly status: number | undefined
  constructor(message: string, { status, cause }: { status?: number | undefined; cause?: unknown } = {}) {
    super(message, { cause })
    this.status = status
  }
}

/** @param tokenUrl used instead of Google's, for service accounts */
export async function accessTokens(credentials: FcmCredentials, tokenUrl: string | undefined): Promise<AccessTokens> {
  const fetchToken = credentials.kind === 'other' ? await viaLibrary(credentials) : viaAssertion(credentials, tokenUrl)
  return keptTokens(fetchToken)
}

interface FetchedToken {
  token: string
  /** Milliseconds for which it is used. */
  lasts: number
}

/** Renewed so long before they expire. */
const MARGIN_MS = 300_000

function keptTokens(fetchToken: () => Promise<FetchedToken>): AccessTokens {
  let kept: { token: string; until: number } | undefined
  const renew = singleFlight(async () => {
    const { token, lasts } = await fetchToken()
    kept = { token, until: performance.now() + lasts - MARGIN_MS }
    return token
  })
  return {
    get: async () => (kept && performance.now() < kept.until ? kept.token : renew()),
    drop(token) {
      if (kept?.token === token) kept = undefined
    },
  }
}

/** Milliseconds for Google's answer, within those of a send. */
const TIMEOUT_MS = 10_000
/** Seconds for which an assertion is valid; Google takes no more. */
const ASSERTION_S = 3600
const answer = z.object({ access_token: z.string(), expires_in: z.number() })

/**
 * Signs an assertion and exchanges it for a token, as google-auth-library does, which cannot be pointed at another URL.
 * RFC 7523; https://developers.google.com/identity/protocols/oauth2/service-account#httprest
 */
function viaAssertion({ email, key, keyId, tokenUri }: ServiceAccount, tokenUrl = tokenUri) {
  return async (): Promise<FetchedToken> => {
    const assertion = await new SignJWT({ scope: SCOPE })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', ...(keyId !== undefined && { kid: keyId }) })
      .setIssuer(email)
      .setAudience(tokenUri)
      .setIssuedAt()
      .setExpirationTime(`${ASSERTION_S} s`)
      .sign(key)
    const body = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion })
    const response = await post(tokenUrl, body)
    const read = answer.safeParse(await response.json().catch(() => undefined))
    if (!response.ok || !read.success)
      throw new TokenError(`${NO_TOKEN}: HTTP ${response.status}`, { status: response.status })
    return { token: read.data.access_token, lasts: read.data.expires_in * 1000 }
  }
}

async function post(url: string, body: URLSearchParams): Promise<Response> {
  try {
    return await fetch(url, { method: 'POST', body, signal: AbortSignal.timeout(TIMEOUT_MS) })
  } catch (cause) {
    throw new TokenError(`${NO_TOKEN}: ${URL.parse(url)?.host} did not answer (${errorCode(cause)})`, { cause })
  }
}

/** Google's library knows when its tokens expire, so it is asked for each. */
async function viaLibrary({ json }: OtherCredentials): Promise<() => Promise<FetchedToken>> {
  const { GoogleAuth } = await import('google-auth-library')
  const auth = new GoogleAuth({ credentials: json, scopes: SCOPE })
  return async () => {
    const token = await auth.getAccessToken().catch((cause: unknown) => {
      throw new TokenError(`${NO_TOKEN} (${errorCode(cause)})`, { status: statusOf(cause), cause })
    })
    if (!token) throw new TokenError(NO_TOKEN)
    return { token, lasts: 0 }
  }
}

function statusOf(error: unknown): number | undefined {
  return z.object({ status: z.number() }).safeParse(error).data?.status
}
