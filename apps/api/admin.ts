import type { Context, MiddlewareHandler } from 'hono'
import { CarillonError } from '@carillon/contract'
import { isSameOrigin } from '@carillon/http'
import { refuseForeignPages } from './open-mode.ts'
import type { Admin, ApiDeps } from './deps.ts'
import { type ApiEnv, receive, type Received } from './receive.ts'
import { sameText } from './signature.ts'

const NO_ADMIN = 'Set ADMIN_ACCOUNT and ADMIN_PASSWORD to use this call. The command carillon app works without them.'

/**
 * Lets the administrator through, by HTTP Basic authentication; in open mode without an account everybody on this
 * machine, as for every other call. A browser that remembers the password sends it with the
 * requests of any page, so pages of other origins are refused, and what a form could send changes nothing.
 */
export function adminMiddleware({ admin, open }: Pick<ApiDeps, 'admin' | 'open'>): MiddlewareHandler<ApiEnv> {
  return async (c, next) => {
    if (!admin && !open) throw new CarillonError('forbidden', NO_ADMIN)
    if (!isSameOrigin(c.req.raw.headers))
      throw new CarillonError('forbidden', 'Pages of other origins may not make this call.')
    if (admin && !isAdmin(c, admin)) throw wrongCredentials(c)
    if (!admin) refuseForeignPages(c)
    const received = await receive(c)
    if (c.req.method !== 'GET') refuseAllButJson(received)
    c.set('received', received)
    return next()
  }
}

function isAdmin(c: Context<ApiEnv>, admin: Admin): boolean {
  const [, encoded = ''] = /^Basic +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  const given = Buffer.from(encoded, 'base64').toString()
  return sameText(given, `${admin.account}:${admin.password}`)
}

function wrongCredentials(c: Context<ApiEnv>): CarillonError {
  c.header('WWW-Authenticate', 'Basic realm="carillon", charset="UTF-8"')
  return new CarillonError('unauthorized', 'The account or the password is wrong.')
}

function refuseAllButJson({ body, json, parameters }: Received): void {
  if (body.length > 0 && json === undefined)
    throw new CarillonError('unsupported_media_type', 'The Content-Type must be application/json.')
  if (Object.keys(parameters).length > 0)
    throw new CarillonError('bad_request', 'This call reads its fields from a JSON body only, not from the query.')
}
