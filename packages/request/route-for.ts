import { methodNotAllowed } from './refusal.ts'

/** What a router looks at. */
interface RouteLike {
  /** `*` for any. */
  method: string
  path: RegExp
}

/**
 * The route of a request, with the match of its path.
 * @returns undefined where no route has the path
 * @throws Refusal 405 where one has, but for other methods
 */
export function routeFor<Route extends RouteLike>(
  routes: readonly Route[],
  method: string,
  path: string,
): { route: Route; match: RegExpExecArray } | undefined {
  const methods = new Set<string>()
  for (const route of routes) {
    const match = route.path.exec(path)
    if (match && (route.method === method || route.method === '*')) return { route, match }
    if (match) methods.add(route.method)
  }
  if (methods.size > 0) throw methodNotAllowed([...methods])
  return undefined
}
