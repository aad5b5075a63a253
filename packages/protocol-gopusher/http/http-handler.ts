import { type Caller, errorCode, type HttpHandler, type Logger } from '@carillon/contract'
import type { GopusherParts } from '../parts.ts'
import { isSameOrigin, jsonAnswer, Refusal, routeFor } from '@carillon/request'
import type { Route } from './call.ts'
import { routes } from './routes.ts'

/** What operators and applications' servers call: `/api/…`. */
export function httpHandler(parts: GopusherParts): HttpHandler {
  return {
    paths: ['/api'],
    fetch: (request, caller) => answer(parts, request, caller).catch(refused(parts.log)),
  }
}

async function answer(parts: GopusherParts, request: Request, { ip, target }: Caller): Promise<Response> {
  const { route, places } = findRoute(request.method, target)
  const call = { request, ip: withoutMapping(ip), places }
  refuseOtherOrigins(request)
  const authorization = request.headers.get('authorization')
  if (route.for === 'admin') {
    parts.gatekeeper.admitAdmin(authorization)
    return json(200, await route.handle(parts, call))
  }
  const admitted = await parts.gatekeeper.admit(authorization, places[0] ?? '')
  return json(200, await route.handle(parts, { ...call, ...admitted }))
}

function findRoute(method: string, target: string): { route: Route; places: (string | undefined)[] } {
  const [path = ''] = target.split('?', 1)
  const found = routeFor(routes, method, path)
  if (found) return { route: found.route, places: found.match.slice(1).map(decode) }
  throw new Refusal(404, `${method} ${path} is not served.`)
}

/** A group that took no part in the match is undefined. */
function decode(place: string | undefined): string | undefined {
  try {
    return place && decodeURIComponent(place)
  } catch {
    throw new Refusal(400, 'The path is not percent-encoded UTF-8.')
  }
}

/** A browser that remembers the password sends it with any page's form. */
function refuseOtherOrigins({ headers }: Request): void {
  if (!isSameOrigin(headers)) throw new Refusal(403, 'Pages of other origins may not make this call.')
}

/** An IPv4 address, as servers that listen on IPv6 see it, is what it is. */
function withoutMapping(ip: string): string {
  return ip.replace(/^::ffff:(?=\d+\.)/i, '')
}

function refused(log: Logger): (error: unknown) => Response {
  return (error) => {
    if (error instanceof Refusal) return json(error.status, { message: error.message }, error.headers)
    log.error({ code: errorCode(error) }, 'a request of the GoPusher API failed')
    return json(503, { message: 'Something this server needs cannot be reached; try again.' })
  }
}

function json(status: number, body: object, more: Refusal['headers'] = {}): Response {
  const headers = { ...more, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' }
  const challenge = { 'www-authenticate': 'Basic realm="carillon", charset="UTF-8"' }
  return jsonAnswer(body, { status, headers: status === 401 ? { ...headers, ...challenge } : headers })
}
