import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket, Server as TcpServer } from 'node:net'
import { CarillonError } from '@carillon/contract'
import { answerWith, type FetchApp } from './request-listener.ts'

/** Default seconds for which an idle connection is kept: balancers close theirs after 60. */
const KEEP_ALIVE_S = 75
/** Milliseconds that headers may take beyond the keep-alive time. */
const HEADERS_LATER_MS = 5000
/** Node's default, which may not be less than the time for headers. */
const REQUEST_TIMEOUT_MS = 300_000
/** How often connections that have become idle are closed, while the server closes. */
const CLOSE_IDLE_EVERY_MS = 50

/** Where a server listens. */
export interface ListenAddress {
  host: string
  /** 0 lets the system choose one. */
  port: number
  /** The setting that the port comes from, for error sentences; default `PORT`. */
  setting?: string
}

/** Where an HTTP server listens, and for how long it keeps idle connections; default 75 s. */
export interface HttpAddress extends ListenAddress {
  keepAliveSeconds?: number
}

/** A port that is bound before there is anything to serve. */
export interface BoundPort {
  port: number
  /** Serves the app. Until then every request is answered with 503. */
  open(app: FetchApp): HttpServer
  /** For a start that failed. */
  close(): Promise<void>
}

/** A server that listens. */
export interface HttpServer {
  port: number
  /** For other users of its connections, such as WebSocket upgrades. */
  server: Server
  /**
   * Stops accepting, lets running requests finish and closes idle connections. Requests that still run after
   * `timeoutMs` (default 10,000) are cut off.
   */
  close(timeoutMs?: number): Promise<void>
}

/**
 * Serves a Hono app.
 * @throws CarillonError `unavailable`, which names the port, if it cannot be bound.
 */
export async function listen(app: FetchApp, address: HttpAddress): Promise<HttpServer> {
  return (await bindPort(address)).open(app)
}

/**
 * Binds a port before everything else is started, so that a port that is in use is reported at once.
 * @throws CarillonError `unavailable`, which names the port, if it cannot be bound.
 */
export async function bindPort(address: HttpAddress): Promise<BoundPort> {
  const server = createHttpServer(starting, address.keepAliveSeconds)
  const unused = unusedConnections(server)
  await listenOn(server, address)
  const { port } = server.address() as AddressInfo
  const close = (timeoutMs = 10_000) => closeServer(server, unused, timeoutMs)
  return {
    port,
    open(app) {
      server.off('request', starting).on('request', answerWith(app, { overrideGlobalObjects: true }))
      return { port, server, close }
    },
    close: () => close(0),
  }
}

/** @throws CarillonError `unavailable`, which names the port and its setting, if it cannot be bound. */
export function listenOn(server: TcpServer, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(cannotListen(error, address)))
    server.listen(address.port, address.host, resolve)
  })
}

function cannotListen(error: NodeJS.ErrnoException, { host, port, setting = 'PORT' }: ListenAddress): CarillonError {
  const reasons: Partial<Record<string, string>> = {
    EADDRINUSE: `Port ${port} of ${host} is in use: stop the program that listens there, or set ${setting} to another port.`,
    EACCES: `This user may not listen on port ${port}: set ${setting} to a port above 1023.`,
    EADDRNOTAVAIL: `This machine does not have the address ${host}: set HOST to an address of this machine.`,
  }
  const sentence = reasons[error.code ?? ''] ?? `Carillon cannot listen on port ${port} of ${host} (${error.code}).`
  return new CarillonError('unavailable', sentence, { cause: error })
}

/**
 * A client that keeps its connections loses a request that it sends on one that the server is closing. So the server
 * keeps connections longer than usual clients do. Node announces the keep-alive time in each answer, and keeps a
 * connection one second longer than that.
 *
 * A connection that was opened in advance and never used is bound by the time for headers, which is longer.
 */
function createHttpServer(listener: RequestListener, keepAliveSeconds = KEEP_ALIVE_S): Server {
  const keepAliveTimeout = keepAliveSeconds * 1000
  const headersTimeout = keepAliveTimeout + HEADERS_LATER_MS
  const requestTimeout = Math.max(REQUEST_TIMEOUT_MS, headersTimeout)
  return createServer({ keepAliveTimeout, headersTimeout, requestTimeout }, listener)
}

function starting(_: IncomingMessage, response: ServerResponse): void {
  const answer = { err: 'Carillon is starting; retry in a moment.', code: 'unavailable' }
  const headers = { 'Content-Type': 'application/json', 'Retry-After': '1', Connection: 'close' }
  response.writeHead(503, headers).end(JSON.stringify(answer))
}

/** Connections on which nothing was sent. Node does not count them as idle. */
function unusedConnections(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>()
  function forget(this: Socket): void {
    unused.delete(this)
  }
  const use = ({ socket }: IncomingMessage) => {
    if (unused.delete(socket)) socket.off('close', forget)
  }
  server.on('connection', (socket) => unused.add(socket.once('close', forget)))
  server.on('request', use).on('upgrade', use)
  return unused
}

function closeServer(server: Server, unused: ReadonlySet<Socket>, timeoutMs: number): Promise<void> {
  server.prependListener('request', announceEnd)
  const endIdle = () => {
    server.closeIdleConnections()
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy()
  }
  return new Promise((resolve) => {
    const idle = setInterval(endIdle, CLOSE_IDLE_EVERY_MS)
    const cut = setTimeout(() => server.closeAllConnections(), timeoutMs)
    server.close(() => {
      clearInterval(idle)
      clearTimeout(cut)
      resolve()
    })
    endIdle()
  })
}

/** Tells the client that the connection ends after this answer. */
function announceEnd(_: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = false
}
