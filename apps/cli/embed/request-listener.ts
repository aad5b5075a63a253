import type { IncomingMessage, ServerResponse } from 'node:http'
import { requestListener as listenerOf } from '@carillon/api'
import type { Hono } from 'hono'

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
