import type { Context } from 'hono'
import { CarillonError } from '@carillon/contract'

/** Express strips the prefix of a mounted handler from `url` and keeps the whole in `originalUrl`. */
interface Incoming {
  url?: string
  originalUrl?: string
}

/**
 * Where Hono should look for the path: the raw request line. Its default reads a WHATWG URL, in
 * which the id `%2e%2e` is gone. A Hono app that mounts the API with `route` takes it as well:
 * `new Hono({ getPath })`; without, only the ids `.` and `..` cannot be reached.
 */
export function getPath(request: Request, options?: { env?: unknown }): string {
  return splitTarget(incomingOf(options?.env)?.url ?? request.url).path
}

/** Path and query as the client sent them, the prefix of a mount included: what it signed. */
export function sentTarget(c: Context): { path: string; query: string; whole: string } {
  const incoming = incomingOf(c.env)
  return splitTarget(incoming?.originalUrl ?? incoming?.url ?? c.req.url)
}

/** @throws CarillonError `bad_request` for `%zz` and for what is not UTF-8, such as `%FF`. */
export function decodePath(path: string): string {
  if (!path.includes('%')) return path
  try {
    return decodeURIComponent(path)
  } catch {
    throw new CarillonError('bad_request', 'The path is not percent-encoded UTF-8.')
  }
}

/** Absent outside @hono/node-server, such as in `app.request`. */
function incomingOf(bindings: unknown): Incoming | undefined {
  return (bindings as { incoming?: Incoming } | undefined)?.incoming
}

function splitTarget(target: string): { path: string; query: string; whole: string } {
  const whole = target.startsWith('/') ? target : withoutAuthority(target)
  const mark = whole.indexOf('?')
  if (mark === -1) return { path: whole, query: '', whole }
  return { path: whole.slice(0, mark), query: whole.slice(mark + 1), whole }
}

/** Proxies send the absolute form, `GET http://host/path`. */
function withoutAuthority(url: string): string {
  const rest = url.replace(/^[a-z]+:\/\/[^/?#]*/i, '')
  return rest.startsWith('/') ? rest : `/${rest}`
}
