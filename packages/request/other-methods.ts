import type { Env, Hono, MiddlewareHandler } from 'hono'
import { methodNotAllowed } from './refusal.ts'

/**
 * Call it after the last route, because the first match answers: each path then refuses the methods that it has no
 * route for. The app's `onError` gets a Refusal with status 405.
 */
export function refuseOtherMethods<E extends Env>(app: Hono<E>): void {
  const routes = app.routes.filter(({ method }) => method !== 'ALL')
  for (const [path, some] of Map.groupBy(routes, (route) => route.path)) {
    const methods = [...new Set(some.map(({ method }) => method))]
    app.all(path, () => {
      throw methodNotAllowed(methods)
    })
  }
}

/** For a GET route: Hono serves HEAD with it too. @throws Refusal 405 */
export const refuseHead: MiddlewareHandler = (c, next) => {
  if (c.req.method === 'HEAD') throw methodNotAllowed(['GET'])
  return next()
}
