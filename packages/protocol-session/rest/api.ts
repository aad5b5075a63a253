import { errorCode, type HttpHandler, type Logger } from '@carillon/contract'
import { RequestRate } from '@carillon/hub'
import { Refusal, requireRoute } from '@carillon/request'
import { Hono, type MiddlewareHandler } from 'hono'
import type { SessionDeps } from '../deps.ts'
import { archiveRoutes } from './archives.ts'
import { authenticate } from './authentication.ts'
import { callbackRoutes } from './callbacks.ts'
import { download, DOWNLOAD_PATH } from './download.ts'
import { checkEncoding, json, pathOf, type SessionEnv } from './http.ts'
import { createSessionRoute, sessionRoutes } from './sessions.ts'
import { streamRoutes } from './streams.ts'

const PROJECT = '/v2/project/:key'

/** What an application's servers call. */
export function httpHandler(deps: SessionDeps): HttpHandler {
  const routes = new Hono<SessionEnv>()
    .route('/', createSessionRoute(deps))
    .route(PROJECT, archiveRoutes(deps))
    .route(PROJECT, sessionRoutes(deps))
    .route(PROJECT, streamRoutes(deps))
    .route(PROJECT, callbackRoutes(deps))
    .route(PROJECT, missingFeatures())
  const api = new Hono<SessionEnv>({ getPath: (_, options) => pathOf(options!.env!) })
  api.all(DOWNLOAD_PATH, (c) => download(deps, c))
  api.use(requireApp(deps), requireRoute(routes))
  api.use(`${PROJECT}/*`, requireOwnProject)
  api.route('/', routes)
  api.onError((error) => rendered(error instanceof Refusal ? error : outOfReach(deps.log, error)))
  return { paths: ['/session', '/v2'], fetch: (request, caller) => api.fetch(request, caller) }
}

/** Before anything else, so that strangers learn nothing of what is served. */
function requireApp({ apps }: SessionDeps): MiddlewareHandler<SessionEnv> {
  const rate = new RequestRate()
  return async (c, next) => {
    const app = await authenticate(apps, c.req.raw.headers)
    const most = app.settings.limits?.requestsPerSecond ?? Infinity
    if (!rate.take(app.id, most)) throw new Refusal(429, 'Too many requests in this second.')
    c.set('app', app)
    await next()
  }
}

const requireOwnProject: MiddlewareHandler<SessionEnv, `${typeof PROJECT}/*`> = async (c, next) => {
  checkEncoding(c.req.path)
  if (c.req.param('key') !== c.get('app').key)
    throw new Refusal(403, 'The project of the path is not the app that signed the request.')
  await next()
}

/**
 * Parts of OpenTok's API that need a media server or a telephone. SDKs read 404 as "there is no such broadcast", so
 * these answer 501.
 */
function missingFeatures(): Hono<SessionEnv> {
  const refuse = (feature: string) => {
    throw new Refusal(501, `This server does not serve ${feature}.`)
  }
  return new Hono<SessionEnv>()
    .all('/:feature{broadcast|dial|captions|render|connect}/*', (c) => refuse(c.req.param('feature')))
    .all('/session/:session/play-dtmf', () => refuse('play-dtmf'))
    .all('/session/:session/connection/:connection/play-dtmf', () => refuse('play-dtmf'))
}

function outOfReach(log: Logger, error: unknown): Refusal {
  log.error({ code: errorCode(error) }, 'a request about sessions failed')
  return new Refusal(503, 'Something this server needs cannot be reached; try again.')
}

/** An error as SDKs expect it. */
function rendered({ status, message, headers: more }: Refusal): Response {
  const answer = json(status, { code: status, message })
  for (const [name, value] of Object.entries(more)) answer.headers.set(name, value)
  if (status === 429) answer.headers.set('Retry-After', '1')
  return answer
}
