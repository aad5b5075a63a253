import type { Actor, AppWithAccount, Caller } from '@carillon/contract'
import { clientAddress, jsonAnswer } from '@carillon/http'
import type { Context, Handler } from 'hono'
import { readCredentials } from '../accounts/gatekeeper.ts'
import type { GopusherDeps } from '../deps.ts'

/** A request of the API, in Hono's context. */
export interface GopusherEnv {
  Bindings: Caller
}

export type GopusherContext = Context<GopusherEnv>

/** @returns the JSON of the answer */
type AdminEndpoint = (deps: GopusherDeps, c: GopusherContext) => Promise<object>
/** @param found the app that the path names as `:app` */
type AppEndpoint = (deps: GopusherDeps, c: GopusherContext, found: AppWithAccount) => Promise<object>

/** A route's handler for the super admin. @throws Refusal 401 */
export function forAdmin(deps: GopusherDeps, endpoint: AdminEndpoint): Handler<GopusherEnv> {
  return async (c) => {
    deps.gatekeeper.admitAdmin(authorizationOf(c))
    return answer(await endpoint(deps, c))
  }
}

/** A route's handler for callers with access to the app in its path. @throws Refusal 401, 404 */
export function forApp(deps: GopusherDeps, endpoint: AppEndpoint): Handler<GopusherEnv> {
  return async (c) => {
    const found = await deps.gatekeeper.admit(authorizationOf(c), c.req.param('app') ?? '')
    return answer(await endpoint(deps, c, found))
  }
}

/** Who makes a call that was let through, and from where. */
export function actorOf(c: GopusherContext): Actor {
  const { account = '' } = readCredentials(authorizationOf(c)) ?? {}
  return { account, address: clientAddress(c.req.raw, c.env.ip) }
}

function authorizationOf(c: GopusherContext): string | null {
  return c.req.raw.headers.get('authorization')
}

export function answer(body: object, status = 200, more: Readonly<Record<string, string>> = {}): Response {
  return jsonAnswer(body, {
    status,
    headers: { ...more, 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
  })
}
