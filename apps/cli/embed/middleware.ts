import { type ApiEnv, errorHandler, signatureMiddleware as guard } from '@carillon/api'
import { requestListener as listenerOf } from '@carillon/http'
import type { App } from '@carillon/contract'
import type { Context, Hono, MiddlewareHandler } from 'hono'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Services } from '../services.ts'
import { firstApp, type FirstApp } from './first-app.ts'

/** Any Hono app, or what answers as one: without routes it is given every request. */
type HonoApp = Pick<Hono, 'fetch'> & Partial<Pick<Hono, 'router' | 'getPath'>>

/**
 * A Hono app as a listener of `node:http`, which is a handler of Express too. In Express it goes
 * before whatever parses bodies, and calls `next` for a request that the app has no route for.
 * (Not re-exported: the types others install must not lead to those of the database.)
 */
export function requestListener(
  app: HonoApp,
): (request: IncomingMessage, response: ServerResponse, next?: () => void) => void {
  return listenerOf(app)
}

/** What the middleware leaves in the context. */
export interface SignedEnv {
  Variables: {
    /** Whom the request acts for. */
    app: App
    /** The request's body is read already: these are its bytes, and the fields of its query, form or JSON. */
    received: { body: Uint8Array; fields: Record<string, unknown> }
  }
}

/** Lets signed requests through to a Hono route of your own, and answers all others as the API does. */
export async function signatureMiddleware(
  services: Services,
  options: FirstApp = {},
): Promise<MiddlewareHandler<SignedEnv>> {
  const check = guard({ ...services, apps: services.store.apps, ...(await firstApp(services, options)) })
  const refuse = errorHandler(services.log)
  return async (c, next) => {
    const context: Context = c // only what both kinds of context have is touched
    try {
      await check(context as Context<ApiEnv>, async () => {})
    } catch (error) {
      return refuse(error as Error, context)
    }
    return next()
  }
}
