import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { text } from 'node:stream/consumers'

/** A request as it arrived. */
export interface ProviderRequest {
  method: string
  /** Path and query, as sent. */
  path: string
  headers: IncomingHttpHeaders
  body: string
  /** True once the connection has ended without a whole answer. */
  hungUp: boolean
}

export interface ProviderAnswer {
  /** Default 200. */
  status?: number
  headers?: Record<string, string>
  /** Text as it is, anything else as JSON; default `{}`. */
  body?: unknown
  /** `hang` never answers; `cut` breaks the connection in the middle of the body. */
  fault?: 'hang' | 'cut'
}

export interface FakeProvider {
  /** `http://127.0.0.1:<port>` */
  url: string
  /** Every request, in order of arrival. */
  requests: ProviderRequest[]
  /** Scripts the next answers; each is given once, then the usual answer follows again. */
  answer(...answers: ProviderAnswer[]): void
  /** Also ends connections that still wait for an answer. */
  close(): Promise<void>
}

/** A provider's HTTP API on loopback, which records requests and sends the answers that a test sets; otherwise `usual`. */
export async function fakeProvider(usual: ProviderAnswer = {}): Promise<FakeProvider> {
  const requests: ProviderRequest[] = []
  const script: ProviderAnswer[] = []
  const server = createServer((request, response) => {
    void record(request, response).then((recorded) => {
      requests.push(recorded)
      reply(response, script.shift() ?? usual)
    }, ignoreBrokenRequest)
  })
  return {
    url: await listen(server),
    requests,
    answer: (...answers) => void script.push(...answers),
    close: () => stop(server),
  }
}

async function record(request: IncomingMessage, response: ServerResponse): Promise<ProviderRequest> {
  const { method = '', url: path = '', headers } = request
  const recorded: ProviderRequest = { method, path, headers, body: await text(request), hungUp: false }
  response.once('close', () => (recorded.hungUp = !response.writableFinished))
  return recorded
}

/** The caller went away before its request was whole: there is nothing to record or answer. */
function ignoreBrokenRequest(): void {}

function reply(response: ServerResponse, { status = 200, headers = {}, body = {}, fault }: ProviderAnswer): void {
  if (fault === 'hang') return
  const content = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  const type = typeof body === 'string' ? 'text/plain' : 'application/json'
  response.writeHead(status, { 'content-type': type, 'content-length': content.length, ...headers })
  if (fault === 'cut') response.write(content.subarray(0, content.length / 2), () => response.destroy())
  else response.end(content)
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The fake provider has no port')
  return `http://127.0.0.1:${address.port}`
}

async function stop(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}
