import { createHash, createHmac } from 'node:crypto'
import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import type { App } from '@carillon/contract'
import { appWith } from '../services/realtime.ts'

export interface SignedRequest {
  method?: string
  /** As it is sent, below `/apps/3`. */
  path: string
  /** What is signed, where it is not the path as sent. */
  signedPath?: string
  /** Written into the query as they are. */
  query?: Record<string, string>
  body?: string | Buffer
  app?: App
  /** Beside those that are right: other values, or undefined for none. */
  auth?: Record<string, string | undefined>
}

export interface Answer {
  status: number
  headers: IncomingMessage['headers']
  text: string
}

/** A request as an SDK would send it, written by hand and not by the code under test. */
export async function send(port: number, { path, ...wish }: SignedRequest): Promise<Answer> {
  const { method = wish.body === undefined ? 'GET' : 'POST', body = '' } = wish
  const query = signedQuery({ ...wish, method, path })
  return sendRaw(port, { method, target: `/apps/3${path}?${query}`, body })
}

export function signedQuery({
  method = 'GET',
  path,
  signedPath = path,
  query = {},
  body = '',
  ...wish
}: SignedRequest) {
  const { key, secrets } = wish.app ?? appWith()
  const parameters: Record<string, string | undefined> = {
    auth_key: key,
    auth_timestamp: String(Math.floor(Date.now() / 1000)),
    auth_version: '1.0',
    ...(body.length > 0 && { body_md5: createHash('md5').update(body).digest('hex') }),
    ...query,
    ...wish.auth,
  }
  const given = Object.entries(parameters).filter(([name, value]) => value !== undefined && name !== 'auth_signature')
  const sorted = given.toSorted(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1))
  const signedPairs = sorted.map(([name, value]) => `${name.toLowerCase()}=${value}`)
  const signature = createHmac('sha256', secrets[0]!.secret)
    .update(`${method}\n/apps/3${signedPath}\n${signedPairs.join('&')}`)
    .digest('hex')
  const pairs = sorted.map(([name, value]) => `${name}=${value}`)
  if (wish.auth && 'auth_signature' in wish.auth)
    return [...pairs, `auth_signature=${wish.auth.auth_signature}`].join('&')
  return [...pairs, `auth_signature=${signature}`].join('&')
}

export async function sendRaw(
  port: number,
  {
    method,
    target,
    body = '',
    chunked = false,
    headers: more = {},
  }: {
    method: string
    target: string
    body?: string | Buffer
    chunked?: boolean
    headers?: Record<string, string>
  },
): Promise<Answer> {
  const length = chunked ? {} : { 'content-length': Buffer.byteLength(body) }
  const headers = { 'content-type': 'application/json', ...(body.length > 0 && length), ...more }
  const sent = request({ host: '127.0.0.1', port, method, path: target, headers, agent: false })
  if (chunked) for (let at = 0; at < body.length; at += 10_000) sent.write(body.slice(at, at + 10_000))
  sent.on('error', () => {}) // refused before all of it was read
  sent.end(chunked ? undefined : body)
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  return { status: response.statusCode ?? 0, headers: response.headers, text: await text(response) }
}
