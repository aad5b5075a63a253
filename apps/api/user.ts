import { CarillonError, type Rate, type UserScope } from '@carillon/contract'
import { isPrivateHost } from '@carillon/outgoing'
import { knownApps } from '@carillon/store'
import type { Context, MiddlewareHandler } from 'hono'
import { callLimiter } from './call-limiter.ts'
import type { ApiDeps } from './deps.ts'
import { type ApiEnv, receive } from './receive.ts'
import { verifyUserToken } from './user-token.ts'

/** Calls from one IP address, behind which there may be an office. Each process counts by itself. */
const PER_ADDRESS: Rate = { count: 1200, seconds: 60 }
/** Calls of one user. */
const PER_USER: Rate = { count: 120, seconds: 60 }

/**
 * Lets the bearer of a user token through, and leaves `app`, `user` and `received` in the context.
 * @returns makes the guard of a route that requires a scope
 */
export function userMiddleware({ apps }: Pick<ApiDeps, 'apps'>): (scope: UserScope) => MiddlewareHandler<ApiEnv> {
  const findApp = knownApps(apps).byKey
  const count = callLimiter()

  return (scope) => async (c, next) => {
    await count(c, `address ${callerOf(c)}`, PER_ADDRESS)
    const { app, user, scope: granted } = await verifyUserToken(bearerOf(c), findApp)
    await count(c, `user ${app.id} ${user}`, PER_USER)
    if (!granted.includes(scope))
      throw new CarillonError('forbidden', `This call requires a user token with the scope ${scope}.`)
    c.set('app', app)
    c.set('user', user)
    c.set('received', await receive(c))
    return next()
  }
}

function bearerOf(c: Context<ApiEnv>): string {
  const [, token] = /^Bearer +(\S+)$/i.exec(c.req.header('authorization') ?? '') ?? []
  if (token !== undefined) return token
  c.header('WWW-Authenticate', 'Bearer realm="carillon"')
  throw new CarillonError('unauthorized', 'Send a user token: Authorization: Bearer …')
}

/** The IP address of the caller. Of a proxy in the operator's own network, what it says last about its client. */
function callerOf(c: Context<ApiEnv>): string {
  const peer = c.env?.incoming?.socket.remoteAddress ?? ''
  const forwarded = c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim()
  return forwarded && isPrivateHost(peer) ? forwarded : peer
}
