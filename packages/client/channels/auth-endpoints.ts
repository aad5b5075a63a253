import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { CarillonError, type ErrorCode } from '@carillon/contract'
import type { ChannelAuth, User, UserAuth } from './signatures.ts'
import type { Channels } from './channels-from.ts'

/** What only the application knows. `Context` is what its framework hands to a route. */
export interface AuthRules<Context> {
  /** The user who asks, according to the application's own session; null if nobody is signed in. */
  whoIs(context: Context): User | null | Promise<User | null>
  /** Whether that user may be on a private or presence channel. */
  mayJoin(user: User, channel: string, context: Context): boolean | Promise<boolean>
}

/** Answers with the signature, or a status and a sentence. What the rules throw is thrown on. */
export type AuthEndpoint<Context> = (
  request: Request,
  ...context: Request extends Context ? [context?: Context] : [context: Context]
) => Promise<Response>

export interface AuthEndpoints<Context> {
  /** For pusher-js's `authEndpoint`, mostly `POST /pusher/auth`. */
  channel: AuthEndpoint<Context>
  /** For its `userAuthentication.endpoint`, mostly `POST /pusher/user-auth`. */
  user: AuthEndpoint<Context>
}

/** The two endpoints that clients ask to be let onto channels, and to sign in. */
export function authEndpoints<Context = Request>(
  channels: Pick<Channels, 'authorize' | 'authenticate'>,
  rules: AuthRules<Context>,
): AuthEndpoints<Context> {
  const known = async (context: Context) => {
    const user = await rules.whoIs(context)
    if (user) return user
    throw new CarillonError('forbidden', 'No user is signed in to this application')
  }
  return {
    channel: endpoint(async (form, context: Context) => {
      const [socketId, channel] = [fieldOf(form, 'socket_id'), fieldOf(form, 'channel_name')]
      const user = await known(context)
      if (!isGuarded(channel) || !(await rules.mayJoin(user, channel, context))) {
        throw new CarillonError('forbidden', `${user.id} may not join ${channel}`)
      }
      return channels.authorize(socketId, channel, memberOn(channel, user))
    }),
    user: endpoint(async (form, context: Context) => {
      const socketId = fieldOf(form, 'socket_id')
      return channels.authenticate(socketId, await known(context))
    }),
  }
}

/** No other asks; and none may get a signature that was meant for a user's own channel. */
function isGuarded(channel: string): boolean {
  return /^(?:private|presence)-/.test(channel)
}

function memberOn(channel: string, { id, user_info }: User) {
  return channel.startsWith('presence-') ? { user_id: id, ...(user_info && { user_info }) } : undefined
}

function endpoint<Context>(
  sign: (form: URLSearchParams, context: Context) => Promise<ChannelAuth | UserAuth>,
): AuthEndpoint<Context> {
  return async (request, ...[context]) => {
    try {
      const signed = await sign(await authForm(request), context ?? (request as Context))
      return answerWith(200, 'application/json', JSON.stringify(signed))
    } catch (error) {
      const status = error instanceof CarillonError ? STATUS[error.code] : undefined
      if (!status) throw error
      return answerWith(status, 'text/plain; charset=utf-8', (error as CarillonError).message)
    }
  }
}

const STATUS: Partial<Record<ErrorCode, number>> = {
  bad_request: 400,
  invalid_field: 400,
  forbidden: 403,
  method_not_allowed: 405,
  too_large: 413,
  unsupported_media_type: 415,
}

function answerWith(status: number, contentType: string, body: string): Response {
  const headers = { 'Content-Type': contentType, 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' }
  return new Response(body, { status, headers: status === 405 ? { ...headers, Allow: 'POST' } : headers })
}

/** Bytes; what clients send has about a hundred. */
const LONGEST = 16_384

/**
 * Reads what pusher-js posts to an auth endpoint.
 * @throws CarillonError that says what is wrong with it.
 */
async function authForm(request: Request): Promise<URLSearchParams> {
  if (request.method !== 'POST') throw new CarillonError('method_not_allowed', 'An auth endpoint accepts only POST')
  if (!/^application\/x-www-form-urlencoded *(;|$)/i.test(request.headers.get('content-type') ?? '')) {
    throw new CarillonError(
      'unsupported_media_type',
      'An auth endpoint accepts only a form: application/x-www-form-urlencoded',
    )
  }
  return new URLSearchParams(await bodyOf(request))
}

/** @throws CarillonError `bad_request` when it is not there. */
function fieldOf(form: URLSearchParams, name: 'socket_id' | 'channel_name'): string {
  const value = form.get(name)
  if (value) return value
  throw new CarillonError('bad_request', `${name} is missing. Was the body read before it reached the endpoint?`)
}

async function bodyOf({ body }: Request): Promise<string> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of body ?? []) {
    chunks.push(chunk)
    length += chunk.byteLength
    if (length > LONGEST) throw new CarillonError('too_large', `An auth endpoint accepts at most ${LONGEST} bytes`)
  }
  return Buffer.concat(chunks).toString()
}

/**
 * An auth endpoint for Express, or any server on `node:http`; its rules get the request of that server.
 * The body may have been read before, as `express.urlencoded()` does.
 */
export function onNode<Message extends IncomingMessage>(
  authEndpoint: (request: Request, message: Message) => Promise<Response>,
): (message: Message, response: ServerResponse, next?: (error: unknown) => void) => Promise<void> {
  return async (message, response, next) => {
    try {
      const answer = await authEndpoint(requestOf(message), message)
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text())
    } catch (error) {
      if (next) next(error)
      else response.writeHead(500).end()
    }
  }
}

/** Nobody looks at its URL: a route brought it here. */
function requestOf(message: IncomingMessage & { body?: unknown }): Request {
  const { method = 'GET', headers } = message
  const init = { method, headers: { 'Content-Type': headers['content-type'] ?? '' } }
  if (method === 'GET' || method === 'HEAD') return new Request('http://localhost', init)
  return new Request('http://localhost', { ...init, body: bodyOfMessage(message), duplex: 'half' })
}

function bodyOfMessage(message: IncomingMessage & { body?: unknown }): string | ReadableStream {
  const isParsed = typeof message.body === 'object' && message.body !== null
  if (isParsed) return new URLSearchParams(message.body as Record<string, string>).toString()
  return Readable.toWeb(message) as ReadableStream
}
