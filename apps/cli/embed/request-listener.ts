import type { IncomingMessage, ServerResponse } from 'node:http'
import { getRequestListener } from '@hono/node-server'

/** Any Hono app. */
interface Fetching {
  fetch(request: Request, env?: object): Response | Promise<Response>
}

/**
 * A Hono app as a listener of `node:http`, which is a handler of Express too. In Express it goes
 * before whatever parses bodies.
 */
export function requestListener(app: Fetching): (request: IncomingMessage, response: ServerResponse) => void {
  // It is not our process: its global Request and Response stay what they are.
  const listener = getRequestListener((request, env) => app.fetch(request, env), { overrideGlobalObjects: false })
  return (request, response) => void listener(request, response)
}
