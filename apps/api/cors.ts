import { isAllowedOrigin } from '@carillon/contract'
import type { MiddlewareHandler } from 'hono'
import { cors } from 'hono/cors'
import type { ApiEnv } from './receive.ts'

/** Seconds for which browsers remember that they may call: Chromium's maximum. */
const REMEMBERED_S = 7200

/**
 * Lets web pages of these origins call a path, and answers the question of their browsers (OPTIONS). Other pages get no
 * header, so that their browsers show them nothing.
 * @param allowed origins and hosts, in the notation of an app's `allowedOrigins`
 * @param methods of the path
 */
export function allowOrigins(allowed: readonly string[], methods: readonly string[]): MiddlewareHandler<ApiEnv> {
  return cors({
    origin: (origin) => (isAllowedOrigin(allowed, origin) ? origin : null),
    allowMethods: [...methods],
    allowHeaders: ['Authorization', 'Content-Type'],
    exposeHeaders: ['Retry-After'],
    maxAge: REMEMBERED_S,
  })
}
