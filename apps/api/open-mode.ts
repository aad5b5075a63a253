import type { Context } from 'hono'
import { CarillonError } from '@carillon/contract'
import type { ApiEnv } from './parts.ts'

const LOOPBACK = /^(?:localhost|(?:[\w-]+\.)+localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i

/**
 * In open mode nothing is signed, and every web page in a developer's browser can reach loopback: by
 * a form (its Origin tells) or through a name that it points at 127.0.0.1 (the Host tells).
 * @throws CarillonError `forbidden`
 */
export function refuseForeignPages(c: Context<ApiEnv>): void {
  const host = c.req.header('host')
  const origin = c.req.header('origin')
  if (isLoopback(host) && isLoopback(origin?.replace(/^https?:\/\//, ''))) return
  throw new CarillonError(
    'forbidden',
    'Without a key only this machine is served: call localhost or 127.0.0.1, or set APP_KEY and APP_SECRET.',
  )
}

function isLoopback(host: string | undefined): boolean {
  return host === undefined || LOOPBACK.test(host.replace(/:\d+$/, ''))
}
