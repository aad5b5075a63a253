import type { IncomingMessage, ServerResponse } from 'node:http'
import { Readable } from 'node:stream'

/**
 * An auth endpoint for Express, or any server on `node:http`; its rules get the request of that server.
 * The body may have been read before, as `express.urlencoded()` does.
 */
export function onNode<Message extends IncomingMessage>(
  endpoint: (request: Request, message: Message) => Promise<Response>,
): (message: Message, response: ServerResponse, next?: (error: unknown) => void) => Promise<void> {
  return async (message, response, next) => {
    try {
      const answer = await endpoint(requestOf(message), message)
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
  return new Request('http://localhost', { ...init, body: bodyOf(message), duplex: 'half' })
}

function bodyOf(message: IncomingMessage & { body?: unknown }): string | ReadableStream {
  const isParsed = typeof message.body === 'object' && message.body !== null
  if (isParsed) return new URLSearchParams(message.body as Record<string, string>).toString()
  return Readable.toWeb(message) as ReadableStream
}
