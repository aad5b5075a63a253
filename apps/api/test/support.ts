import { type ClientRequestArgs, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type ApiDeps, createApi } from '@carillon/api'
import { type HttpServer, listen } from '@carillon/http'
import { onTestFinished } from 'vitest'
import { fakeParts } from './fakes.ts'

/** The API on a real port, for one test. */
export async function serveApi(parts: ApiDeps = fakeParts()): Promise<HttpServer> {
  const listening = await listen(createApi(parts), { host: '127.0.0.1', port: 0 })
  onTestFinished(() => listening.close(0))
  return listening
}

export interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  text: string
  json: Record<string, unknown>
}

/** A request with its path exactly as given: fetch would resolve `%2e%2e`. */
export function send(port: number, method: string, path: string, options: Sending = {}): Promise<Answer> {
  const { body = '', headers = {} } = options
  const type = body.length > 0 ? { 'content-type': 'application/x-www-form-urlencoded' } : {}
  const length = { 'content-length': String(Buffer.byteLength(body)) }
  const chosen = options.chunked ? { 'transfer-encoding': 'chunked' } : length
  const args = { host: '127.0.0.1', port, method, path, agent: false, headers: { ...type, ...chosen, ...headers } }
  return exchange(args, body)
}

interface Sending {
  body?: string | Uint8Array
  headers?: Record<string, string | undefined>
  chunked?: boolean
}

async function exchange(args: ClientRequestArgs, body: string | Uint8Array): Promise<Answer> {
  const outgoing = request(args).end(body)
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    outgoing.once('response', resolve).once('error', reject)
  })
  const answer = await text(incoming)
  const json = answer.startsWith('{') ? JSON.parse(answer) : {}
  return { status: incoming.statusCode ?? 0, headers: incoming.headers, text: answer, json }
}
