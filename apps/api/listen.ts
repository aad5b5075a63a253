import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Server as TcpServer } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import { CarillonError } from '@carillon/contract'
import type { ErrorAnswer } from './errors.ts'
import { STATUS_OF } from './errors.ts'
import { createHttpServer } from './http-server.ts'

export interface Listening {
  /** The one that was given, or that the system chose for 0. */
  port: number
  /** For whatever else takes its connections, such as WebSocket upgrades. */
  server: Server
  /**
   * Stops accepting, lets running requests finish and closes idle connections; what still runs
   * after `patienceMs` (default 10,000) is cut off.
   */
  close(patienceMs?: number): Promise<void>
}

/** A Hono app, or whatever answers requests as one does. */
interface Fetching {
  fetch: Parameters<typeof getRequestListener>[0]
}

/** What a Hono app tells of its routes. */
interface Routing {
  router: { match(method: string, path: string): readonly [readonly unknown[], ...unknown[]] }
  getPath(request: Request, options: { env: { incoming: IncomingMessage } }): string
}

/** What `http.createServer` and Express's `app.use` take. */
type RequestHandler = (incoming: IncomingMessage, outgoing: ServerResponse, next?: () => void) => void

export interface Address {
  host: string
  port: number
  /** The setting that the port comes from, for the sentence; default `PORT`. */
  setting?: string
}

/** Where a server listens, and how long it keeps connections on which nothing is asked; default 75 s. */
export interface ServerAddress extends Address {
  keepAliveSeconds?: number
}

/** In Express a request for which a Hono app has no route goes on to the handlers that come later. */
export function requestListener(app: Fetching & Partial<Routing>): RequestHandler {
  const answer = listenerOf(app, false)
  return (incoming, outgoing, next) => {
    if (next && !hasRoute(app, incoming)) next()
    else answer(incoming, outgoing)
  }
}

/** @returns true also for an app that does not tell. */
function hasRoute({ router, getPath }: Partial<Routing>, incoming: IncomingMessage): boolean {
  if (!router || !getPath) return true
  const { method = 'GET', url = '/' } = incoming
  const path = getPath(requestFor(url), { env: { incoming } })
  return router.match(method === 'HEAD' ? 'GET' : method, path)[0].length > 0 // Hono answers HEAD as it does GET
}

/** Its URL alone is looked at; one that cannot be read leads to no route. */
function requestFor(target: string): Request {
  return new Request(URL.parse(target, 'http://localhost') ?? 'http://localhost')
}

/** A port that is taken before there is anything to serve. */
export interface Door {
  port: number
  /** Until then whoever comes is told that this starts. */
  open(app: Fetching): Listening
  /** For a start that failed. */
  close(): Promise<void>
}

/**
 * Serves a Hono app.
 * @throws CarillonError `unavailable`, naming the port, when it cannot be listened on.
 */
export async function listen(app: Fetching, address: ServerAddress): Promise<Listening> {
  return (await takePort(address)).open(app)
}

/**
 * Listens before what takes its time is started, so that a port that is taken is told at once.
 * @throws CarillonError `unavailable`, naming the port, when it cannot be listened on.
 */
export async function takePort(address: ServerAddress): Promise<Door> {
  const { server, close } = createHttpServer(address.keepAliveSeconds, starting)
  await listenOn(server, address)
  const { port } = server.address() as AddressInfo
  return {
    port,
    open(app) {
      server.off('request', starting).on('request', listenerOf(app, true))
      return {
        port,
        server,
        close: (patienceMs = 10_000) => close(patienceMs),
      }
    },
    close: () => close(0),
  }
}

function starting(_: IncomingMessage, response: ServerResponse): void {
  const answer: ErrorAnswer = { err: 'Carillon is starting; ask again in a moment.', code: 'unavailable' }
  const headers = { 'Content-Type': 'application/json', 'Retry-After': '1', Connection: 'close' }
  response.writeHead(STATUS_OF.unavailable, headers).end(JSON.stringify(answer))
}

/**
 * In a process of its own the global Request and Response are replaced by lighter ones, which is
 * faster; in another's they stay what they are.
 */
function listenerOf(app: Fetching, overrideGlobalObjects: boolean): RequestHandler {
  // HTTP/1.0 clients send no Host
  const options = { hostname: 'localhost', errorHandler: malformed, overrideGlobalObjects }
  const listener = getRequestListener(app.fetch, options)
  return (incoming, outgoing) => void listener(incoming, outgoing)
}

/** @throws CarillonError `unavailable`, naming the port and its setting, when it cannot be listened on. */
export function listenOn(server: TcpServer, address: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, address)))
    server.listen(address.port, address.host, resolve)
  })
}

function cannotListen(error: NodeJS.ErrnoException, { host, port, setting = 'PORT' }: Address): CarillonError {
  const reasons: Partial<Record<string, string>> = {
    EADDRINUSE: `Port ${port} of ${host} is taken: stop what listens there, or set ${setting} to another.`,
    EACCES: `Port ${port} may not be listened on by this user: set ${setting} to one above 1023.`,
    EADDRNOTAVAIL: `This machine has no address ${host}: set HOST to one of its own.`,
  }
  const sentence = reasons[error.code ?? ''] ?? `Port ${port} of ${host} cannot be listened on (${error.code}).`
  return new CarillonError('unavailable', sentence, { cause: error })
}

/** What is refused before the app sees it. */
function malformed(): Response {
  const answer: ErrorAnswer = { err: 'The request line or the Host header is malformed.', code: 'bad_request' }
  return Response.json(answer, { status: STATUS_OF.bad_request })
}
