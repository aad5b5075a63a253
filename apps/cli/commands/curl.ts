import { signRequest } from '@carillon/client'
import type { Command } from 'commander'
import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { credentialsOf, noServer, originOf, UNSIGNED } from '../api-client.ts'
import { API_SETTINGS, configOf, type Flags, settingsCommand, withSettings } from '../command.ts'
import { UserError } from '../errors.ts'
import type { Io } from '../io.ts'

interface CurlFlags extends Flags {
  data?: string[]
  json?: true
  key?: string
  secret?: string
}

type CurlContent = Omit<CurlRequest, 'origin' | 'headers'> & { contentType?: string }

/** `carillon curl`: one signed request, its answer shown as by `curl -i`. */
export function curlCommand(io: Io): Command {
  const command = settingsCommand('curl', 'send one signed request and show the answer, as curl -i does')
    .argument('<method>', 'GET, POST, PUT, PATCH or DELETE')
    .argument('<path>', 'such as /pusher/pushers/, or a whole URL')
    .option('-d, --data <field>', 'a field, name=value; may be repeated. With --json also a whole JSON text', append)
    .option('--json', 'send the fields as JSON')
    .option('--key <key>', 'sign with this key; default APP_KEY')
    .option('--secret <secret>', 'sign with this secret; default APP_SECRET')
  return withSettings(command, API_SETTINGS).action((method: string, path: string, flags: CurlFlags) =>
    curl(io, method, path, flags),
  )
}

async function curl(io: Io, method: string, path: string, flags: CurlFlags): Promise<void> {
  const config = configOf(io, flags)
  const { origin, pathAndQuery } = targetOf(path, originOf(config))
  const content = contentOf(method.toUpperCase(), pathAndQuery, flags)
  const credentials = credentialsOf(config, flags)
  const signature = credentials ? signRequest({ ...content, ...credentials }) : {}
  const headers = { ...(content.contentType && { 'Content-Type': content.contentType }), ...signature }
  const answer = await call({ ...content, origin, headers })
  io.print(`${answer}\n`)
  if (!credentials && /^\S+ 401 /.test(answer)) io.complain(`${UNSIGNED}\n`)
}

/** What URLs cannot hold is encoded; the rest stays as typed, since it is signed as sent. */
function targetOf(path: string, origin: string): { origin: string; pathAndQuery: string } {
  const url = /^https?:\/\/[^/?]+/i.exec(path)?.[0] ?? ''
  const rest = path.slice(url.length).replace(/[^\x21-\x7e]+/g, encodeURIComponent)
  const usable = rest.startsWith('/') && (url === '' || URL.canParse(url))
  if (!usable) throw new UserError('The path must begin with "/", or be a whole URL with a path.')
  return { origin: url || origin, pathAndQuery: rest }
}

/** Fields travel in the body, those of a GET in the query. */
function contentOf(method: string, pathAndQuery: string, { data = [], json }: CurlFlags): CurlContent {
  if (json) return { method, pathAndQuery, body: jsonOf(data), contentType: 'application/json' }
  const fields = new URLSearchParams(data.map(fieldOf)).toString()
  if (!fields) return { method, pathAndQuery, body: '' }
  if (method !== 'GET') return { method, pathAndQuery, body: fields, contentType: 'application/x-www-form-urlencoded' }
  return { method, pathAndQuery: `${pathAndQuery}${pathAndQuery.includes('?') ? '&' : '?'}${fields}`, body: '' }
}

function jsonOf(data: string[]): string {
  const [first = ''] = data
  return /^\s*[[{]/.test(first) ? first : JSON.stringify(Object.fromEntries(data.map(fieldOf)))
}

function fieldOf(field: string): [string, string] {
  const at = field.indexOf('=')
  if (at < 1) throw new UserError('-d takes a field as name=value.')
  return [field.slice(0, at), field.slice(at + 1)]
}

function append(value: string, previous: string[] = []): string[] {
  return [...previous, value]
}

interface CurlRequest {
  method: string
  /** `http://localhost:6001` */
  origin: string
  /** Percent-encoded; sent as it is. */
  pathAndQuery: string
  headers: Record<string, string>
  body: string
}

/**
 * An answer as `curl -i` shows it: status line, headers, an empty line, body. Not by fetch, which
 * rewrites paths and refuses ports.
 * @throws UserError when nothing answers.
 */
async function call(request: CurlRequest): Promise<string> {
  const answer = await send(request).catch((error: unknown) => {
    throw noServer(`${withoutPassword(request.origin)} cannot be reached: ${reasonOf(error)}`, error)
  })
  const fields = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`)
  const status = `HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage}`
  return [status, ...fields, '', await text(answer)].join('\n')
}

function send({ origin, pathAndQuery, body, method, headers }: CurlRequest): Promise<http.IncomingMessage> {
  const { request } = /^https:/i.test(origin) ? https : http
  return new Promise((resolve, reject) => {
    request(origin, { method, path: pathAndQuery, headers }).on('response', resolve).on('error', reject).end(body)
  })
}

/** A URL may hold a user and a password. */
function withoutPassword(origin: string): string {
  const { protocol, host } = new URL(origin)
  return `${protocol}//${host}`
}

/** `localhost` with two addresses fails with an AggregateError, which has a code and no message. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}
