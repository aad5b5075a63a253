import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { sameSignature, signV1, signV2 } from '@carillon/contract'

/** A request as it came over the wire. */
export interface Received {
  method: string
  /** Path and query, untouched. */
  url: string
  headers: IncomingHttpHeaders
  body: string
  /** Of the query and the form. */
  fields: Record<string, string>
}

export interface Answer {
  status?: number
  /** Text as it is, anything else as JSON. */
  body: unknown
}

interface Options {
  key?: string
  /** Without one, nothing is verified. */
  secret?: string
  answer?: (received: Received) => Answer
}

export interface VerifyingServer {
  url: string
  received: Received[]
  /** Connections that clients made. */
  connections(): number
  close(): Promise<void>
}

/** A local server that checks signatures by itself, with the contract's functions and not the client's. */
export async function startVerifyingServer(options: Options = {}): Promise<VerifyingServer> {
  const received: Received[] = []
  let connections = 0
  const nonces = new Set<unknown>()
  const server = createServer((request, response) => void serve(request, response))
  server.on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const read = await receive(request)
    received.push(read)
    const { status = 200, body } = refuse(read, options, nonces) ?? options.answer?.(read) ?? { body: { result: 'OK' } }
    response.statusCode = status
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    connections: () => connections,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function receive(request: IncomingMessage): Promise<Received> {
  const { method = '', url = '', headers } = request
  const body = await text(request)
  const form = isForm(headers) ? new URLSearchParams(body) : []
  const fields = Object.fromEntries([...new URLSearchParams(url.split('?')[1]), ...form])
  return { method, url, headers, body, fields }
}

function isForm(headers: IncomingHttpHeaders): boolean {
  return headers['content-type'] === 'application/x-www-form-urlencoded'
}

function refuse(received: Received, { key, secret }: Options, nonces: Set<unknown>): Answer | undefined {
  if (secret === undefined) return
  const { 'x-app-key': given, 'x-request-nonce': nonce, 'x-signature-version': version } = received.headers
  if (given !== key) return refusal('Invalid X-App-Key', 'invalid_app_key')
  if (!isRecent(received.headers)) return refusal('Invalid X-Request-Time', 'invalid_request_time')
  const expected = version === '2' ? v2(received, secret) : v1(received, secret)
  const signature = String(received.headers['x-request-signature'])
  if (!sameSignature(signature, expected)) return refusal('Invalid X-Request-Signature', 'invalid_request_signature')
  if (version === '2' && nonces.size === nonces.add(nonce).size) return refusal('Nonce used', 'nonce_used')
}

function refusal(err: string, code: string): Answer {
  return { status: 401, body: { err, code } }
}

function isRecent(headers: IncomingHttpHeaders): boolean {
  return Math.abs(Date.now() / 1000 - Number(headers['x-request-time'])) < 600
}

function v1({ url, headers, body, fields }: Received, secret: string): string {
  const whole: Record<string, string> = body && !isForm(headers) ? { body } : {}
  const path = decodeURIComponent(url.split('?')[0] ?? '')
  const timestamp = String(headers['x-request-time'])
  return signV1(secret, { ...fields, ...whole, app_key: String(headers['x-app-key']), timestamp, path })
}

function v2({ method, url, headers, body }: Received, secret: string): string {
  const timestamp = String(headers['x-request-time'])
  return signV2(secret, { method, pathAndQuery: url, timestamp, nonce: String(headers['x-request-nonce']), body })
}
