import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { noTracer } from '@carillon/contract'
import { adminMiddleware } from './admin.ts'
import { LARGE_BODY } from './body.ts'
import { docsPage, docsPolicy } from './docs/page.ts'
import type { ApiAddress } from './docs/snippets.ts'
import type { Endpoint } from './endpoint.ts'
import { errorHandler, refuseOtherMethods, routeNotFound } from './errors.ts'
import { answerOnce } from './idempotency.ts'
import { metricsHandler } from './metrics.ts'
import { openApi } from './openapi.ts'
import type { ApiEnv, ApiParts } from './parts.ts'
import { receive } from './receive.ts'
import { providerWebhooks, sections } from './routes/index.ts'
import { signatureMiddleware } from './signature.ts'
import { getPath, sentTarget } from './target.ts'
import { traced } from './traced.ts'

/**
 * The HTTP API as a Hono app. Serve it with `listen`; mount it in a Hono app with `route` (best made
 * with the same `getPath`), in Express with `app.use(requestListener(api))` before anything that
 * parses bodies, or in `http.createServer(requestListener(api))`.
 */
export function createApi(parts: ApiParts): Hono<ApiEnv> {
  const api = new Hono<ApiEnv>({ getPath })
  api.onError(errorHandler(parts.log)).notFound(routeNotFound('/docs lists all routes'))
  addEndpoints(api, parts)
  addProviderWebhooks(api, parts)
  addDocumentation(api, parts)
  api.on('GET', bothWays('/metrics'), metricsHandler(parts.metrics))
  refuseOtherMethods(api)
  return api
}

function addEndpoints(api: Hono<ApiEnv>, parts: ApiParts): void {
  const guards = { signed: signatureMiddleware(parts), admin: adminMiddleware(parts), open: admitAll }
  for (const [method, path, endpoint] of sections.flatMap(({ routes }) => routes)) {
    // Probes ask all the time: nobody wants their traces
    const isTraced = parts.tracer !== noTracer && endpoint.guard !== 'open'
    const before = [
      ...(isTraced ? [traced(parts.tracer, method, path)] : []),
      ...(endpoint.takesFiles ? [allowFiles] : []),
      guards[endpoint.guard],
    ]
    api.on(method, bothWays(path), ...before, (c) => answer(c, endpoint, parts))
  }
}

/** Not in the documentation of the API: only providers call them. */
function addProviderWebhooks(api: Hono<ApiEnv>, parts: ApiParts): void {
  for (const [path, webhook] of providerWebhooks) api.on('POST', bothWays(path), webhook(parts))
}

async function answer(c: Context<ApiEnv>, endpoint: Endpoint, parts: ApiParts): Promise<Response> {
  const call = { app: c.get('app'), params: c.req.param(), fields: c.get('received').fields }
  const respond = async () => c.json(await endpoint.run(call, parts), endpoint.status ?? 200)
  return endpoint.takesIdempotencyKey ? answerOnce(c, parts, respond) : respond()
}

/** Before the guard, which reads the body. */
const allowFiles: MiddlewareHandler<ApiEnv> = (c, next) => {
  c.set('mostBody', LARGE_BODY)
  return next()
}

const admitAll: MiddlewareHandler<ApiEnv> = async (c, next) => {
  c.set('received', await receive(c))
  return next()
}

function addDocumentation(api: Hono<ApiEnv>, { version, open }: ApiParts): void {
  const document = once(() => openApi(version)) // 25 ms of each start, and seldom read
  api.on('GET', bothWays('/openapi.json'), (c) => c.json(document()))
  api.on('GET', bothWays('/docs'), (c) => {
    c.header('Content-Security-Policy', docsPolicy)
    return c.html(docsPage({ document: document(), address: addressOf(c), isOpen: open }))
  })
}

/** Where the caller reached the API, a proxy's TLS and the prefix of a mount included. */
function addressOf(c: Context<ApiEnv>): ApiAddress {
  const { protocol, host } = new URL(c.req.url)
  const isSecure = c.req.header('x-forwarded-proto') === 'https'
  const prefix = sentTarget(c).path.replace(/\/docs\/?$/, '')
  return { origin: `${isSecure ? 'https:' : protocol}//${host}`, prefix: prefix.replaceAll("'", '%27') }
}

/** What `make` makes, when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => (made ??= { value: make() }).value
}

/** Without and with the trailing slash, in Hono's notation. */
function bothWays(path: string): string[] {
  const plain = path.replace(/\/$/, '').replaceAll(/\{(\w+)\}/g, ':$1')
  return [plain, `${plain}/`]
}
