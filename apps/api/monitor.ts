import { CarillonError } from '@carillon/contract'
import { type Context, Hono } from 'hono'
import { errorHandler, refuseOtherMethods, routeNotFound } from './errors.ts'
import { isLoopbackAddress, isLoopbackHost } from './open-mode.ts'
import type { ApiDeps, MetricsDeps } from './deps.ts'
import type { ApiEnv } from './receive.ts'
import { sameText } from './signature.ts'

/** The routes of a process that serves no API: `/healthz`, `/readyz` and `/metrics`. */
export function createMonitor({ ready, metrics, log }: Pick<ApiDeps, 'ready' | 'metrics' | 'log'>): Hono<ApiEnv> {
  const monitor = new Hono<ApiEnv>()
  monitor
    .onError(errorHandler(log))
    .notFound(routeNotFound('this process does not serve the API, but `carillon api` does'))
  monitor.get('/healthz', (c) => c.json({ ok: true }))
  monitor.get('/readyz', async (c) => {
    await ready()
    return c.json({ ok: true })
  })
  monitor.get('/metrics', metricsHandler(metrics))
  refuseOtherMethods(monitor)
  return monitor
}

/** What proxies add: who connects from this machine may speak for another. */
const FORWARDED = ['forwarded', 'x-forwarded-for', 'x-forwarded-host', 'x-real-ip', 'via']

/** Answers `/metrics` to requests from this machine, and to those that carry the token. */
export function metricsHandler({ token, render, contentType }: MetricsDeps): (c: Context<ApiEnv>) => Promise<Response> {
  return async (c) => {
    if (!isFromHere(c) && !hasToken(c, token)) throw refusal(c, token)
    return c.body(await render(), 200, { 'Content-Type': contentType })
  }
}

/** The Host keeps out web pages that point a name of theirs at 127.0.0.1, and proxies that pass it on. */
function isFromHere(c: Context<ApiEnv>): boolean {
  const forwarded = FORWARDED.some((name) => c.req.header(name) !== undefined)
  return !forwarded && isLoopbackAddress(c.env?.incoming?.socket.remoteAddress) && isLoopbackHost(c.req.header('host'))
}

function hasToken(c: Context<ApiEnv>, token: string | undefined): boolean {
  const [, given] = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  return token !== undefined && given !== undefined && sameText(given, token)
}

function refusal(c: Context<ApiEnv>, token: string | undefined): CarillonError {
  if (token === undefined)
    return new CarillonError(
      'forbidden',
      'Set METRICS_TOKEN to read /metrics from another machine, or through a proxy.',
    )
  c.header('WWW-Authenticate', 'Bearer realm="carillon"')
  return new CarillonError('unauthorized', 'Send the METRICS_TOKEN: Authorization: Bearer …')
}
