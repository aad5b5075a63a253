import { type App, type AppDirectory, type Caller, errorCode, type HttpHandler, type Logger } from '@carillon/contract'
import { RequestRate } from '@carillon/hub'
import { Refusal, requireRoute } from '@carillon/http'
import { Hono, type MiddlewareHandler } from 'hono'
import { limitsOf } from '../limits.ts'
import type { ChannelsDeps } from '../deps.ts'
import { channelRoutes } from './channels.ts'
import { eventRoutes } from './events.ts'
import { type ChannelsContext, type ChannelsEnv, checkSignature, readPath, readQuery } from './signed-request.ts'

const LARGEST_APP_ID = 2 ** 31 - 1

/** What an application's servers call: `/apps/{id}/…`. */
export function httpHandler(deps: ChannelsDeps): HttpHandler {
  const routes = new Hono<ChannelsEnv>().route('/apps/:app', eventRoutes(deps)).route('/apps/:app', channelRoutes(deps))
  const api = new Hono<ChannelsEnv>({ getPath: (_, options) => routedPath(options!.env!) })
  api.use(authenticate(deps.apps), requireRoute(routes, notServed))
  api.route('/', routes)
  api.onError((error) => rendered(error instanceof Refusal ? error : outOfReach(deps.log, error)))
  return { paths: ['/apps'], fetch: (request, caller) => api.fetch(request, caller) }
}

/** Each segment encoded in one way, however the client encoded it. An encoded slash separates segments too. */
function routedPath({ target }: Caller): string {
  const { path, decodedPath } = readPath(target)
  if (!path.includes('%')) return path
  return decodedPath.split('/').map(encodeURIComponent).join('/')
}

/** Before anything else, so that strangers learn nothing of what is served. */
function authenticate(apps: AppDirectory): MiddlewareHandler<ChannelsEnv> {
  const rate = new RequestRate()
  return async (c, next) => {
    const { target } = c.env
    const [path, query] = [readPath(target), readQuery(target)]
    const app = await findApp(apps, path.decodedPath.split('/', 3)[2] ?? '')
    checkSignature(app, c.req.method, path, query)
    if (!app.enabled) throw new Refusal(403, 'This app is disabled.')
    if (!rate.take(app.id, limitsOf(app).requestsPerSecond)) throw new Refusal(429, 'Too many requests in this second.')
    c.set('app', app)
    c.set('query', query)
    await next()
  }
}

async function findApp(apps: AppDirectory, id: string): Promise<App> {
  const app = /^\d{1,10}$/.test(id) && Number(id) <= LARGEST_APP_ID ? await apps.byId(Number(id)) : null
  if (!app) throw new Refusal(404, `There is no app ${id}.`)
  return app
}

function notServed({ env, req }: ChannelsContext): Refusal {
  const [, , , ...below] = readPath(env.target).decodedPath.split('/')
  return new Refusal(404, `${req.method} /${below.join('/')} is not served: see the HTTP API of Pusher Channels.`)
}

function outOfReach(log: Logger, error: unknown): Refusal {
  log.error({ code: errorCode(error) }, 'a request of the Channels API failed')
  return new Refusal(503, 'Redis or the database is unavailable; the event may not have reached all clients.')
}

/** An error as the protocol has it: a sentence. */
function rendered({ status, message, headers: more }: Refusal): Response {
  const headers = { ...more, 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
  return new Response(message, { status, headers: status === 429 ? { ...headers, 'retry-after': '1' } : headers })
}
