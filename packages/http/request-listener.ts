import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { jsonAnswer } from './answers.ts'

/** A Hono app, or anything else that answers requests. */
export interface FetchApp {
  fetch: Parameters<typeof getRequestListener>[0]
}

/** How a Hono app finds the route of a request. */
interface Routing {
  router: { match(method: string, path: string): readonly [readonly unknown[], ...unknown[]] }
  getPath(request: Request, options: { env: { incoming: IncomingMessage } }): string
}

/** A listener for `http.createServer`, and a handler for Express's `app.use`. */
type RequestHandler = (incoming: IncomingMessage, outgoing: ServerResponse, next?: () => void) => void

/** Turns an app into a listener. In Express, a request for which a Hono app has no route goes on to the later handlers. */
export function requestListener(app: FetchApp & Partial<Routing>): RequestHandler {
  const answer = answerWith(app, { overrideGlobalObjects: false })
  return (incoming, outgoing, next) => {
    if (next && !hasRoute(app, incoming)) next()
    else answer(incoming, outgoing)
  }
}

/**
 * @param overrideGlobalObjects replaces the global Request and Response by lighter ones, which is faster; not for a
 * process that runs other code too
 */
export function answerWith(
  app: FetchApp,
  { overrideGlobalObjects }: { overrideGlobalObjects: boolean },
): RequestHandler {
  // HTTP/1.0 clients send no Host
  const options = { hostname: 'localhost', errorHandler: malformedRequest, overrideGlobalObjects }
  const listener = getRequestListener(app.fetch, options)
  return (incoming, outgoing) => void listener(incoming, outgoing)
}

/** @returns true also for an app whose routes are unknown. */
function hasRoute({ router, getPath }: Partial<Routing>, incoming: IncomingMessage): boolean {
  if (!router || !getPath) return true
  const { method = 'GET', url = '/' } = incoming
  const path = getPath(requestFor(url), { env: { incoming } })
  return router.match(method === 'HEAD' ? 'GET' : method, path)[0].length > 0 // Hono answers HEAD as it does GET
}

/** Only its URL is used; one that cannot be parsed leads to no route. */
function requestFor(target: string): Request {
  return new Request(URL.parse(target, 'http://localhost') ?? 'http://localhost')
}

/** Answers a request that cannot be passed to the app. */
function malformedRequest(): Response {
  return jsonAnswer({ err: 'The request line or the Host header is malformed.', code: 'bad_request' }, { status: 400 })
}
