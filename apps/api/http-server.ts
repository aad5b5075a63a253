import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Seconds that an idle connection is kept where nobody chose: balancers close theirs after 60. */
const KEEP_ALIVE_S = 75
/** Milliseconds that headers may take beyond the keep-alive time. */
const HEADERS_LATER_MS = 5000
/** Node's default, which may not be less than the time for headers. */
const REQUEST_TIMEOUT_MS = 300_000
/** How often connections that have become idle are closed, while the server closes. */
const CLOSE_IDLE_EVERY_MS = 50

/** A server of `node:http` that ends its idle connections late while it runs, and at once when it stops. */
export interface HttpServer {
  server: Server
  /** Lets running requests finish and ends idle connections; what still runs after `patienceMs` is cut off. */
  close(patienceMs: number): Promise<void>
}

/**
 * Every HTTP server of Carillon is made here. A client that keeps its connections sends a request on one that the
 * server is just closing, and loses it; so the server keeps them longer than usual clients do. Node announces the
 * keep-alive time in each answer and keeps connections a second longer than that.
 *
 * A connection that was opened in advance and never used is bound by the time for headers, which is above that.
 */
export function createHttpServer(keepAliveSeconds = KEEP_ALIVE_S, listener?: RequestListener): HttpServer {
  const keepAliveTimeout = keepAliveSeconds * 1000
  const headersTimeout = keepAliveTimeout + HEADERS_LATER_MS
  const requestTimeout = Math.max(REQUEST_TIMEOUT_MS, headersTimeout)
  const server = createServer({ keepAliveTimeout, headersTimeout, requestTimeout }, listener)
  const unused = unusedConnections(server)
  return { server, close: (patienceMs) => close(server, unused, patienceMs) }
}

/** Those that have sent nothing: Node takes them for busy. */
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

function close(server: Server, unused: ReadonlySet<Socket>, patienceMs: number): Promise<void> {
  server.prependListener('request', announceEnd)
  const endIdle = () => {
    server.closeIdleConnections()
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy()
  }
  return new Promise((resolve) => {
    const idle = setInterval(endIdle, CLOSE_IDLE_EVERY_MS)
    const cut = setTimeout(() => server.closeAllConnections(), patienceMs)
    server.close(() => {
      clearInterval(idle)
      clearTimeout(cut)
      resolve()
    })
    endIdle()
  })
}

/** The answer says that its connection closes. */
function announceEnd(_: IncomingMessage, response: ServerResponse): void {
  response.shouldKeepAlive = false
}
