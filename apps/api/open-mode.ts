import type { Context, MiddlewareHandler } from 'hono'
import { CarillonError } from '@carillon/contract'
import { isLoopbackHost } from './loopback.ts'

/**
 * In open mode nothing is signed, and every web page in a developer's browser can reach loopback: by
 * a form (its Origin tells) or through a name that it points at 127.0.0.1 (the Host tells).
 * @throws CarillonError `forbidden`
 */
export function refuseForeignPages(c: Context): void {
  const host = c.req.header('host')
  const origin = c.req.header('origin')
  if (isLoopbackHost(host) && isLoopbackHost(origin?.replace(/^https?:\/\//, ''))) return
  throw new CarillonError(
    'forbidden',
    'Without a key only this machine is served: call localhost or 127.0.0.1, or set APP_KEY and APP_SECRET.',
  )
}

/** For whatever else is served in open mode. */
export const ownPagesOnly: MiddlewareHandler = (c, next) => {
  refuseForeignPages(c)
  return next()
}
