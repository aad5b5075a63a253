import type { MiddlewareHandler } from 'hono'
import type { Tracer } from '@carillon/contract'
import type { ApiEnv } from './parts.ts'

/** A span around a route, which continues the caller's trace if it sent a `traceparent`. */
export function traced(tracer: Tracer, method: string, path: string): MiddlewareHandler<ApiEnv> {
  const attributes = { 'http.request.method': method, 'http.route': path }
  return async (c, next) => {
    const parent = c.req.header('traceparent') ?? null
    const span = tracer.begin({ name: `${method} ${path}`, kind: 'server', parent, attributes })
    await tracer.within(span, next)
    span.set({ 'http.response.status_code': c.res.status })
    span.end(c.res.status >= 500 ? 'failed' : undefined)
  }
}
