import { noTracer, type Tracer } from '@carillon/contract'
import { type Context, Hono, type MiddlewareHandler } from 'hono'
import { actorOf } from './actor.ts'
import { adminMiddleware } from './admin.ts'
import { allowOrigins } from './cors.ts'
import { docsPage, docsPolicy } from './docs/page.ts'
import type { ApiAddress } from './docs/snippets.ts'
import type { Endpoint } from './endpoint.ts'
import { errorHandler, refuseOtherMethods, routeNotFound } from './errors.ts'
import { answerOnce } from './idempotency.ts'
import { metricsHandler } from './monitor.ts'
import { openApi } from './openapi.ts'
import type { ApiDeps } from './deps.ts'
import { type ApiEnv, LARGE_BODY, receive } from './receive.ts'
import { providerWebhooks, sections } from './routes/index.ts'
import { signatureMiddleware } from './signature.ts'
import { getPath, sentTarget } from './target.ts'
import { unsubscribeHandler } from './unsubscribe/unsubscribe.ts'
import { userMiddleware } from './user.ts'

/**
 * The HTTP API as a Hono app. Serve it with `listen`; mount it in a Hono app with `route` (best made
 * with the same `getPath`), in Express with `app.use(requestListener(api))` before anything that
 * parses bodies, or in `http.createServer(requestListener(api))`.
 */
export function createApi(deps: ApiDeps): Hono<ApiEnv> {
  const api = new Hono<ApiEnv>({ getPath })
  api.onError(errorHandler(deps.log)).notFound(routeNotFound('/docs lists all routes'))
  addEndpoints(api, deps)
  addProviderWebhooks(api, deps)
  api.on(['GET', 'POST'], [...bothWays('/u'), ...bothWays('/u/{token}')], unsubscribeHandler(deps))
  addDocumentation(api, deps)
  api.on('GET', bothWays('/metrics'), metricsHandler(deps.metrics))
  refuseOtherMethods(api)
  return api
}

function addEndpoints(api: Hono<ApiEnv>, deps: ApiDeps): void {
  const guards = { signed: signatureMiddleware(deps), admin: adminMiddleware(deps), open: admitAll }
  const userGuard = userMiddleware(deps)
  const fromPages = pagesMayCall(deps.allowedOrigins)
  for (const [method, path, endpoint] of sections.flatMap(({ routes }) => routes)) {
    // Probes call constantly, and their traces would only be noise
    const isTraced = deps.tracer !== noTracer && endpoint.guard !== 'open'
    const before = [
      ...(isTraced ? [traced(deps.tracer, method, path)] : []),
      ...(endpoint.takesFiles ? [allowFiles] : []),
      ...(endpoint.guard === 'user' ? [fromPages(path), userGuard(endpoint.scope!)] : [guards[endpoint.guard]]),
    ]
    api.on(method, bothWays(path), ...before, (c) => answer(c, endpoint, deps))
    if (endpoint.guard === 'user') api.on('OPTIONS', bothWays(path), fromPages(path))
  }
}

/** Lets web pages call the routes of user tokens: what is needed of each path. */
function pagesMayCall(allowed: readonly string[] = []): (path: string) => MiddlewareHandler<ApiEnv> {
  const methods = Map.groupBy(
    sections.flatMap(({ routes }) => routes),
    ([, path]) => path,
  )
  return (path) =>
    allowOrigins(
      allowed,
      methods.get(path)!.map(([method]) => method),
    )
}

/** Not in the documentation of the API: only providers call them. */
function addProviderWebhooks(api: Hono<ApiEnv>, deps: ApiDeps): void {
  for (const [path, webhook] of providerWebhooks) api.on('POST', bothWays(path), webhook(deps))
}

async function answer(c: Context<ApiEnv>, endpoint: Endpoint, deps: ApiDeps): Promise<Response> {
  const call = {
    app: c.get('app'),
    user: c.get('user') ?? '',
    actor: () => actorOf(c, endpoint.guard, deps),
    params: c.req.param(),
    fields: c.get('received').fields,
  }
  const respond = async () => c.json(await endpoint.run(call, deps), endpoint.status ?? 200)
  return endpoint.takesIdempotencyKey ? answerOnce(c, deps, respond) : respond()
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

function addDocumentation(api: Hono<ApiEnv>, { version, open }: ApiDeps): void {
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

/** A span around a route, which continues the caller's trace if it sent a `traceparent`. */
function traced(tracer: Tracer, method: string, path: string): MiddlewareHandler<ApiEnv> {
  const attributes = { 'http.request.method': method, 'http.route': path }
  return async (c, next) => {
    const parent = c.req.header('traceparent') ?? null
    const span = tracer.begin({ name: `${method} ${path}`, kind: 'server', parent, attributes })
    await tracer.within(span, next)
    span.set({ 'http.response.status_code': c.res.status })
    span.end(c.res.status >= 500 ? 'failed' : undefined)
  }
}
