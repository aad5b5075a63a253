import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** A call of the user's own routes. */
interface MeCall {
  call: string
  authorization: string | undefined
  body: unknown
}

/** A website with the service worker and the client, which also plays the user's own routes of the API. */
export interface PushSite {
  origin: string
  calls: MeCall[]
}

const scripts = new Map(
  Object.entries({ '/push.js': '@carillon/client/push', '/carillon-sw.js': '@carillon/client/carillon-sw.js' }),
)

/** @param answer of the API, by the call, such as `GET /v1/me/push-key` */
export async function pushSite(answer: (call: string) => { status?: number; json: object }): Promise<PushSite> {
  const calls: MeCall[] = []
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const { url = '', method, headers } = request
    const script = scripts.get(url)
    const body = await text(request)
    if (script)
      response
        .setHeader('content-type', 'text/javascript')
        .end(await readFile(fileURLToPath(import.meta.resolve(script))))
    else if (url === '/token') response.end('new\n')
    else if (url === '/token-of-nobody') response.writeHead(302, { location: '/login' }).end()
    else if (url.startsWith('/v1/me/')) {
      const call = `${method} ${url}`
      calls.push({ call, authorization: headers.authorization, body: body === '' ? undefined : JSON.parse(body) })
      const { status = 200, json } = answer(call)
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(json))
    } else response.setHeader('content-type', 'text/html').end('<!doctype html><title>Shop</title>')
  }
  const server = createServer((request, response) => void serve(request, response))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls }
}
