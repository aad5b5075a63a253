import { Hono } from 'hono'
import { errorHandler, refuseOtherMethods, routeNotFound } from './errors.ts'
import { metricsHandler } from './metrics.ts'
import type { ApiEnv, ApiParts } from './parts.ts'

/** What is asked of a process that serves no API: `/healthz`, `/readyz` and `/metrics`. */
export function createMonitor({ ready, metrics, log }: Pick<ApiParts, 'ready' | 'metrics' | 'log'>): Hono<ApiEnv> {
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
