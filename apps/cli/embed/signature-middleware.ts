import { type ApiEnv, errorHandler, signatureMiddleware as guard } from '@carillon/api'
import type { App } from '@carillon/contract'
import type { Context, MiddlewareHandler } from 'hono'
import type { Services } from '../services.ts'
import { firstApp, type FirstApp } from './first-app.ts'

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
