import { type App, type AppDirectory, errorCode, type HttpHandler, type Logger } from '@carillon/contract'
import { limitsOf, MOST_EVENTS } from '../limits.ts'
import { RequestRate } from '@carillon/hub'
import type { ChannelsParts } from '../parts.ts'
import { checkBody, checkSignature } from './authentication.ts'
import type { Route } from './call.ts'
import { jsonAnswer, readBody, Refusal, routeFor } from '@carillon/request'
import { routes } from './routes.ts'
import { readTarget } from './target.ts'

const LARGEST_APP_ID = 2 ** 31 - 1
/** Bytes of JSON for one byte of data, where all of it is spelled as `\u0000`. */
const LONGEST_ESCAPE = 6
/** Bytes of a body for all that is not data: a hundred channels, ten names. */
const NAMES = 64 * 1024

/** What an application's servers call: `/apps/{id}/…`. */
export function httpHandler(parts: ChannelsParts): HttpHandler {
  const rate = new RequestRate()
  return {
    paths: ['/apps'],
    fetch: (request, { target }) => answer(parts, rate, request, target).catch(refused(parts.log)),
  }
}

async function answer(parts: ChannelsParts, rate: RequestRate, request: Request, sent: string): Promise<Response> {
  const target = readTarget(sent)
  const [, id = '', below = ''] = /^\/apps\/([^/]*)(.*)$/s.exec(target.decodedPath) ?? []
  const app = await findApp(parts.apps, id)
  checkSignature(app, request.method, target)
  if (!app.enabled) throw new Refusal(403, 'This app is disabled.')
  if (!rate.take(app.id, limitsOf(app).requestsPerSecond)) throw new Refusal(429, 'Too many requests in this second.')
  const { route, subject } = findRoute(request.method, below)
  const body = await readBody(request, longestBody(app))
  checkBody(target.query, body)
  const json = await route.handle(parts, { app, subject, query: target.query, body })
  return jsonAnswer(json, { status: route.status ?? 200 })
}

async function findApp(apps: AppDirectory, id: string): Promise<App> {
  const app = /^\d{1,10}$/.test(id) && Number(id) <= LARGEST_APP_ID ? await apps.byId(Number(id)) : null
  if (!app) throw new Refusal(404, `There is no app ${id}.`)
  return app
}

function findRoute(method: string, below: string): { route: Route; subject: string } {
  const found = routeFor(routes, method, below)
  if (found) return { route: found.route, subject: found.match[1] ?? '' }
  throw new Refusal(404, `${method} ${below || '/'} is not served: see the HTTP API of Pusher Channels.`)
}

function longestBody(app: App): number {
  return NAMES + MOST_EVENTS * LONGEST_ESCAPE * limitsOf(app).eventBytes
}

function refused(log: Logger): (error: unknown) => Response {
  return (error) => {
    if (error instanceof Refusal) return sentence(error.status, error.message, error.headers)
    log.error({ code: errorCode(error) }, 'a request of the Channels API failed')
    return sentence(
      503,
      'Something this server needs cannot be reached; what was published may not have arrived everywhere.',
    )
  }
}

function sentence(status: number, text: string, more: Refusal['headers'] = {}): Response {
  const headers = { ...more, 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
  return new Response(text, { status, headers: status === 429 ? { ...headers, 'retry-after': '1' } : headers })
}
