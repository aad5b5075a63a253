import http from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { UserError } from './errors.ts'

export interface Call {
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
export async function call(request: Call): Promise<string> {
  const answer = await send(request).catch((error: unknown) => {
    throw new UserError(`${hostOf(request.origin)} does not answer (${reasonOf(error)}): is a server running there?`)
  })
  const fields = Object.entries(answer.headers).map(([name, value]) => `${name}: ${String(value)}`)
  const status = `HTTP/${answer.httpVersion} ${answer.statusCode} ${answer.statusMessage}`
  return [status, ...fields, '', await text(answer)].join('\n')
}

function send({ origin, pathAndQuery, body, method, headers }: Call): Promise<http.IncomingMessage> {
  const { request } = /^https:/i.test(origin) ? https : http
  return new Promise((resolve, reject) => {
    request(origin, { method, path: pathAndQuery, headers }).on('response', resolve).on('error', reject).end(body)
  })
}

/** Without the user and password a URL may hold. */
function hostOf(origin: string): string {
  return new URL(origin).host
}

/** `localhost` with two addresses fails with an AggregateError, which has a code and no message. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException
  return code ?? message
}
