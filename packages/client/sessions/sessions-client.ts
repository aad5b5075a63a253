import { ApiError, codeOf } from '../errors.ts'
import { type ClientOptions, settle } from '../options.ts'
import { parse } from '../request.ts'
import { createTransport, type HttpRequest, type HttpTransport } from '../transport.ts'
import { type Session, sessionOf } from './session.ts'
import { signJwt } from './token.ts'

export interface SessionsOptions extends Pick<ClientOptions, 'url' | 'timeout' | 'agent'> {
  /** Of the app. */
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
  throw new ApiError(
    status,
    codeOf(status),
    messageIn(body) ?? `The server answered ${status} without a sentence of its own.`,
  )
}

function messageIn(body: string): string | undefined {
  try {
    const { message } = Object(JSON.parse(body)) as { message?: unknown }
    return typeof message === 'string' ? message : undefined
  } catch {
    return undefined
  }
}
