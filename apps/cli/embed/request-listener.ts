import type { IncomingMessage, ServerResponse } from 'node:http'
import { requestListener as listenerOf } from '@carillon/api'

/** Any Hono app. */
interface Fetching {
  fetch(request: Request, env?: object): Response | Promise<Response>
}

/**
 * A Hono app as a listener of `node:http`, which is a handler of Express too. In Express it goes
 * before whatever parses bodies. (Not re-exported: the types others install must not lead to
 * those of the database.)
 */
export function requestListener(app: Fetching): (request: IncomingMessage, response: ServerResponse) => void {
  return listenerOf(app)
}
