import { type Caller, errorCode, type HttpHandler, type Logger } from '@carillon/contract'
import { RequestRate } from '@carillon/hub'
import { isDownload, download } from '../archives/download.ts'
import type { SessionParts } from '../parts.ts'
import { methodNotAllowed, Refusal, routeFor } from '@carillon/request'
import { failure } from './answer.ts'
import { authenticate } from './authentication.ts'
import { createSession } from './create-session.ts'
import type { Route } from './call.ts'
import { decode } from './decode.ts'
import { routes } from './routes.ts'

/** What an application's servers call. */
export function httpHandler(parts: SessionParts): HttpHandler {
  const rate = new RequestRate()
  return {
    paths: ['/session', '/v2'],
    fetch: (request, caller) => answer(parts, rate, request, caller).catch(refused(parts.log)),
  }
}

async function answer(parts: SessionParts, rate: RequestRate, request: Request, { target }: Caller): Promise<Response> {
  const [path, query] = pathAndQuery(target)
  if (isDownload(path)) {
    if (request.method !== 'GET') throw methodNotAllowed(['GET'])
    return download(parts, path, query)
  }
  const app = await authenticate(parts.apps, request.headers)
  const most = app.settings.limits?.requestsPerSecond ?? Infinity
  if (!rate.take(app.id, most)) throw new Refusal(429, 'Too many requests in this second.')
  const { route, key, places } = findRoute(request.method, path)
  if (key !== undefined && key !== app.key)
    throw new Refusal(403, 'The project of the path is not the app that signed the request.')
  return route.handle(parts, { app, request, places, query, base: baseOf(parts, request) })
}

function pathAndQuery(target: string): [string, URLSearchParams] {
  const cut = target.indexOf('?')
  return cut < 0 ? [target, new URLSearchParams()] : [target.slice(0, cut), new URLSearchParams(target.slice(cut))]
}

function findRoute(
  method: string,
  path: string,
): { route: Route; key?: string | undefined; places: (string | undefined)[] } {
  const [, key, below = ''] = /^\/v2\/project\/([^/]+)(\/.*)$/s.exec(path) ?? []
  const found = key === undefined ? routeFor([createSession], method, path) : routeFor(routes, method, below)
  if (found) return { route: found.route, key: key && decode(key), places: found.match.slice(1).map(decode) }
  throw new Refusal(404, `${method} ${path} is not served.`)
}

/** A proxy says whether it was reached over TLS. */
function baseOf({ publicUrl }: SessionParts, request: Request): string {
  if (publicUrl !== undefined) return publicUrl.replace(/\/+$/, '')
  const { protocol, host } = new URL(request.url)
  return request.headers.get('x-forwarded-proto') === 'https' ? `https://${host}` : `${protocol}//${host}`
}

function refused(log: Logger): (error: unknown) => Response {
  return (error) => {
    if (error instanceof Refusal) return failure(error.status, error.message, error.headers)
    log.error({ code: errorCode(error) }, 'a request about sessions failed')
    return failure(503, 'Something this server needs cannot be reached; try again.')
  }
}
