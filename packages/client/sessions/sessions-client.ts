import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { SessionRole } from '@carillon/contract/session-messages'
import { ApiError, codeOf } from '../errors.ts'
import { type ClientOptions, settle } from '../options.ts'
import { parse } from '../request.ts'
import { createTransport, type HttpRequest, type HttpTransport } from '../transport.ts'
import { checkToken, Hours24, makeTokens, signJwt, type TokenWish } from './token.ts'

export interface SessionsOptions extends Pick<ClientOptions, 'url' | 'timeout' | 'agent'> {
  /** The key of the app. */
  key: string
  secret: string
}

/** What an application's server does with sessions. A failed call throws as those of `createClient` do. */
export interface SessionsClient {
  /**
   * @param location IPv4 address near the first client
   * @param mediaMode default `relayed`: clients send media to each other
   * @param archiveMode default `manual`; `always`: archived whenever someone is in it
   */
  createSession(location?: string, mediaMode?: MediaMode, archiveMode?: ArchiveMode): Promise<Session>
  /** One that was created before. */
  session(id: string): Session
  /** Cuts the kept connections; a later call connects again. */
  close(): void
}

export type MediaMode = 'relayed' | 'routed'
export type ArchiveMode = 'manual' | 'always'

/** Seconds that a call's own JWT is good for. */
const CALL_LIVES_S = 300

/** @throws TypeError naming what cannot be used. */
export function createSessionsClient(options: SessionsOptions): SessionsClient {
  const settings = settle(options)
  if (!settings.credentials) throw new TypeError('key and secret are required: they sign tokens')
  const { credentials } = settings
  const transport = createTransport(settings)
  const prefix = settings.url.pathname.replace(/\/+$/, '')
  return {
    async createSession(location = '', mediaMode = 'relayed', archiveMode = 'manual') {
      const preference = mediaMode === 'relayed' ? 'enabled' : 'disabled'
      const fields = { location, 'p2p.preference': preference, archiveMode }
      const request = { method: 'POST', pathAndQuery: `${prefix}/session/create`, ...form(credentials, fields) }
      const [created] = (await answer(transport, request)) as [{ session_id: string }]
      return sessionOf(credentials, created.session_id)
    },
    session: (id) => sessionOf(credentials, id),
    close: transport.close,
  }
}

function form({ key, secret }: Pick<SessionsOptions, 'key' | 'secret'>, fields: Record<string, string>) {
  const now = Math.floor(Date.now() / 1000)
  const claims = JSON.stringify({ iss: key, ist: 'project', iat: now, exp: now + CALL_LIVES_S })
  const headers = {
    'Content-Type': 'application/x-www-form-urlencoded',
    'X-OPENTOK-AUTH': signJwt(secret, claims),
  }
  return { headers, body: new URLSearchParams(fields).toString() }
}

async function answer(transport: HttpTransport, request: HttpRequest): Promise<unknown> {
  const { status, body } = await transport.exchange(request)
  if (status === 200) return parse(status, body)
  throw new ApiError(status, codeOf(status), messageIn(body) ?? `The server answered ${status} without an explanation.`)
}

function messageIn(body: string): string | undefined {
  try {
    const { message } = Object(JSON.parse(body)) as { message?: unknown }
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}

/** A session, and what lets clients into it. */
export interface Session {
  id: string
  /**
   * Creates a token for one client, locally and without a request.
   * @param role default `publisher`
   * @param connectionData what all in the session see of the client; at most 1024 characters
   * @param expiration seconds, such as `Hours1`; default a day, at most 30 days
   * @throws TypeError naming what cannot be used.
   */
  token(role?: SessionRole, connectionData?: string, expiration?: number): string
  /** As many tokens, all different. Rejects as `token` throws. */
  tokens(n: number, options?: TokensOptions): Promise<string[]>
}

export interface TokensOptions {
  /** Makes them in so many threads at most, true: one for each core; worth it from some ten thousand tokens on. */
  parallel?: boolean | number
  role?: SessionRole
  connectionData?: string
  expiration?: number
}

const MOST_TOKENS = 10_000_000

function sessionOf({ key, secret }: Pick<TokenWish, 'key' | 'secret'>, id: string): Session {
  const wish = (role: SessionRole, connectionData: string, expiration: number): TokenWish => {
    checkToken(role, connectionData, expiration)
    const createdAt = Math.floor(Date.now() / 1000)
    return {
      key,
      secret,
      sessionId: id,
      role,
      connectionData,
      createdAt,
      expiresAt: createdAt + Math.floor(expiration),
    }
  }
  return {
    id,
    token(role = 'publisher', connectionData = '', expiration = Hours24) {
      return makeTokens(wish(role, connectionData, expiration), 1)[0]!
    },
    async tokens(n, options = {}) {
      const { parallel = false, role = 'publisher', connectionData = '', expiration = Hours24 } = options
      if (!Number.isInteger(n) || n < 0 || n > MOST_TOKENS) throw new TypeError(`n must be from 0 to ${MOST_TOKENS}`)
      return makeTokensInThreads(wish(role, connectionData, expiration), n, parallel)
    },
  }
}

/** Starting a thread takes as long as making this many tokens. */
const WORTH_A_THREAD = 5000

/** @param parallel how many threads at most, this one included; true: one for each core */
async function makeTokensInThreads(wish: TokenWish, count: number, parallel: boolean | number): Promise<string[]> {
  const most = parallel === true ? availableParallelism() : Number(parallel)
  const threads = Math.max(1, Math.min(most, Math.floor(count / WORTH_A_THREAD)))
  const share = Math.floor(count / threads)
  const others = Array.from({ length: threads - 1 }, () => inThread(wish, share))
  const own = makeTokens(wish, count - share * (threads - 1))
  return own.concat(...(await Promise.all(others)))
}

/** A thread that breaks rejects with its error. */
async function inThread(wish: TokenWish, count: number): Promise<string[]> {
  const thread = new Worker(new URL('./token-thread.ts', import.meta.url), { workerData: { wish, count } })
  const [bytes] = (await once(thread, 'message')) as [Uint8Array]
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').split('\n')
}
