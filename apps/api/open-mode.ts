import { CarillonError } from '@carillon/contract'
import type { Context, MiddlewareHandler } from 'hono'

/**
 * In open mode nothing is signed, and every web page in a developer's browser can reach loopback: by
 * a form (its Origin tells) or through a name that it points at 127.0.0.1 (the Host tells).
 * @throws CarillonError `forbidden`
 */
export function refuseForeignPages(c: Context): void {
  if (isLoopbackHost(c.req.header('host')) && isFromLoopback(c)) return
  throw new CarillonError(
    'forbidden',
    'Without a key, the server accepts only calls to localhost or 127.0.0.1: call it there, or set APP_KEY and APP_SECRET.',
  )
}

/** For whatever else is served in open mode. */
export const ownPagesOnly: MiddlewareHandler = (c, next) => {
  refuseForeignPages(c)
  return next()
}

/**
 * A page of this machine on another port, such as a development server's, may call. A browser that leaves the origin
 * out tells at least whether the page is another site's; links from there change nothing.
 */
function isFromLoopback(c: Context): boolean {
  const origin = c.req.header('origin')
  if (origin !== undefined) return /^https?:\/\//.test(origin) && isLoopbackHost(origin.replace(/^https?:\/\//, ''))
  return c.req.header('sec-fetch-site') !== 'cross-site' || c.req.method === 'GET' || c.req.method === 'HEAD'
}

const HOST = /^(?:localhost|(?:[\w-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i
const ADDRESS = /^(?:(?:::ffff:)?127(?:\.\d{1,3}){3}|::1)$/i

/** Whether a Host header names loopback, with or without a port. HTTP/1.0 clients send none. */
export function isLoopbackHost(host: string | undefined): boolean {
  return host === undefined || HOST.test(host.replace(/:\d+$/, ''))
}

/** Whether the address of a peer is loopback; it is absent outside a server of node:http. */
export function isLoopbackAddress(address: string | undefined): boolean {
  return address !== undefined && ADDRESS.test(address)
}
