import { type Caller, errorCode, type HttpHandler, type Logger } from '@carillon/contract'
import { isSameOrigin, malformed, Refusal, requireRoute } from '@carillon/http'
import { Hono, type MiddlewareHandler } from 'hono'
import type { GopusherDeps } from '../deps.ts'
import { answer, type GopusherEnv } from './access.ts'
import { endpoints } from './endpoints.ts'

/** What operators and applications' servers call: `/api/…`. */
export function httpHandler(deps: GopusherDeps): HttpHandler {
  const routes = new Hono<GopusherEnv>().route('/api', endpoints(deps))
  const api = new Hono<GopusherEnv>({ getPath: (_, options) => pathOf(options!.env!) })
  api.use(requireRoute(routes), requireEncodedPath, requireSameOrigin)
  api.route('/', routes)
  api.onError((error) => rendered(error instanceof Refusal ? error : outOfReach(deps.log, error)))
  return { paths: ['/api'], fetch: (request, caller) => api.fetch(request, caller) }
}

/** As sent: an encoded slash does not separate segments. */
function pathOf({ target }: Caller): string {
  const [path = ''] = target.split('?', 1)
  return path
}

const requireEncodedPath: MiddlewareHandler<GopusherEnv> = (c, next) => {
  try {
    decodeURIComponent(c.req.path)
  } catch {
    throw malformed('The path is not percent-encoded UTF-8.')
  }
  return next()
}

/** A browser that remembers the password sends it with any page's form. */
const requireSameOrigin: MiddlewareHandler<GopusherEnv> = (c, next) => {
  if (!isSameOrigin(c.req.raw.headers)) throw new Refusal(403, 'Pages of other origins may not make this call.')
  return next()
}

function outOfReach(log: Logger, error: unknown): Refusal {
  log.error({ code: errorCode(error) }, 'a request of the GoPusher API failed')
  return new Refusal(503, 'Redis or the database is unavailable; try again.')
}

/** An error as the protocol has it. */
function rendered({ status, message, headers }: Refusal): Response {
  const challenge = { 'www-authenticate': 'Basic realm="carillon", charset="UTF-8"' }
  return answer({ message }, status, status === 401 ? { ...headers, ...challenge } : headers)
}
