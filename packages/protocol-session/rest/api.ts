import {
  type App,
  type AppDirectory,
  errorCode,
  foreignClaim,
  type HttpHandler,
  type Logger,
  sameSignature,
} from '@carillon/contract'
import { RequestRate } from '@carillon/hub'
import { Refusal, requireRoute } from '@carillon/http'
import { Hono, type MiddlewareHandler } from 'hono'
import { decodeJwt } from 'jose'
import { signedClaims } from '../token.ts'
import { archiveRoutes, download, DOWNLOAD_PATH } from './archives.ts'
import { callbackRoutes } from './callbacks.ts'
import { checkEncoding, json, pathOf, type SessionApiDeps, type SessionEnv } from './http.ts'
import { createSessionRoute, sessionRoutes } from './sessions.ts'
import { streamRoutes } from './streams.ts'

const PROJECT = '/v2/project/:key'

/** What an application's servers call. */
export function httpHandler(deps: SessionApiDeps): HttpHandler {
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
function requireApp({ apps }: SessionApiDeps): MiddlewareHandler<SessionEnv> {
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
  return new Refusal(503, 'Redis or the database is unavailable; try again.')
}

/** An error as SDKs expect it. */
function rendered({ status, message, headers: more }: Refusal): Response {
  const answer = json(status, { code: status, message })
  for (const [name, value] of Object.entries(more)) answer.headers.set(name, value)
  if (status === 429) answer.headers.set('Retry-After', '1')
  return answer
}

const DAY_S = 86_400
/** Seconds that a request's JWT may still live: two days, and a bit for clocks that differ. */
const LONGEST_LIFE_S = 2 * DAY_S + 600

/**
 * Authenticates an application's server by `X-OPENTOK-AUTH: <JWT>`, or by `X-TB-PARTNER-AUTH: key:secret`, which older
 * SDKs send.
 * @throws Refusal 403
 */
async function authenticate(apps: AppDirectory, headers: Headers): Promise<App> {
  const token = headers.get('x-opentok-auth')
  const pair = headers.get('x-tb-partner-auth')
  if (token === null && pair === null)
    throw new Refusal(403, 'X-OPENTOK-AUTH must be a JWT that a secret of the app signed.')
  const app = token === null ? await byPair(apps, pair ?? '') : await byJwt(apps, token)
  if (!app.enabled) throw new Refusal(403, 'This app is disabled.')
  return app
}

async function byPair(apps: AppDirectory, pair: string): Promise<App> {
  const cut = pair.indexOf(':')
  const app = await apps.byKey(pair.slice(0, cut))
  const isRight = app?.secrets.some(({ secret }) => sameSignature(pair.slice(cut + 1), secret))
  if (!app || !isRight) throw new Refusal(403, 'X-TB-PARTNER-AUTH must be the key of an app, a colon and its secret.')
  return app
}

async function byJwt(apps: AppDirectory, token: string): Promise<App> {
  const key = keyIn(token)
  const app = key === undefined ? null : await apps.byKey(key)
  const claims = app && (await signedClaims(app, token))
  if (!claims)
    throw new Refusal(
      403,
      'X-OPENTOK-AUTH is not a JWT that a secret of the app signed with HS256, with its key as iss and ist "project".',
    )
  if (foreignClaim('session project', claims) !== undefined)
    throw new Refusal(403, 'X-OPENTOK-AUTH is a token for clients.')
  checkExpiry(claims.exp)
  return app
}

/** The key that a token names; undefined where there is none, or a NUL, which Postgres cannot look up. */
function keyIn(token: string): string | undefined {
  try {
    const { iss } = decodeJwt(token)
    return typeof iss === 'string' && !iss.includes('\0') ? iss : undefined
  } catch {
    return undefined
  }
}

function checkExpiry(exp: unknown): void {
  const left = Number(exp) - Date.now() / 1000
  if (typeof exp === 'number' && left > 0 && left <= LONGEST_LIFE_S) return
  throw new Refusal(403, 'The JWT in X-OPENTOK-AUTH must have an exp in the future, at most two days ahead.')
}
