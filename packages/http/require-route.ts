import type { Context, Env, Hono, MiddlewareHandler } from 'hono'
import { methodNotAllowed, Refusal } from './answers.ts'

const METHODS = ['POST', 'GET', 'PUT', 'PATCH', 'DELETE']

/**
 * Refuses what `routes` does not serve. Put it where unknown paths are to be refused: Hono itself does that after all
 * middleware. HEAD, which Hono serves with GET routes, is refused too.
 * @param notServed makes the error of an unknown path
 * @throws Refusal 404; 405 for a path that takes other methods
 */
export function requireRoute<E extends Env>(
  routes: Hono<E>,
  notServed: (c: Context<E>) => Refusal = notServedHere,
): MiddlewareHandler<E> {
  const serves = (method: string, path: string) => routes.router.match(method, path)[0].length > 0
  return (c, next) => {
    const { method, path } = c.req
    if (serves(method, path)) return next()
    const methods = METHODS.filter((each) => serves(each, path))
    throw methods.length > 0 ? methodNotAllowed(methods) : notServed(c)
  }
}

function notServedHere({ req: { method, path } }: Context): Refusal {
  return new Refusal(404, `${method} ${path} is not served.`)
}
