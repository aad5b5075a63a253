import { type IncomingMessage, STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { TLSSocket } from 'node:tls'
import {
  type Admission,
  errorCode,
  type Logger,
  type NodeHandler,
  type SocketHandler,
  type AcceptedSocket,
} from '@carillon/contract'
import { WebSocketServer } from 'ws'
import { handlerFor } from '../handler-for.ts'
import type { Liveness } from './liveness.ts'
import { ClosingWebSocket, LONGEST_CLOSE_MS, OVER_CAPACITY, WebSocketConnection } from './websocket-connection.ts'

export interface UpgradeDeps {
  handlers: readonly SocketHandler[]
  nodeHandlers: readonly NodeHandler[]
  liveness: Liveness
  log: Logger
  /** True once no new connections are accepted. */
  stopping(): boolean
}

export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void

/**
 * Hands each request to become a WebSocket to the protocol whose path it is. Nothing that lasts as long as the
 * connection may hold the request: its headers would be half of what an idle connection takes.
 */
export function upgrader(deps: UpgradeDeps): Upgrade {
  const servers = new Map(deps.handlers.map((handler) => [handler, serverFor(handler)] as const))
  return (request, socket, head) => {
    socket.on('error', destroy)
    const node = handlerFor(deps.nodeHandlers, request.url ?? '')
    if (node && !deps.stopping()) return node.upgrade(request, socket, head)
    const handler = handlerFor(deps.handlers, request.url ?? '')
    if (!handler) return refuse(socket, 404, 'There is no WebSocket at this path.')
    const admitted = deps.stopping() ? Promise.resolve(comeBack) : admit(handler, request)
    void admitted
      .then((admission) => {
        if ('refuse' in admission) return refuse(socket, admission.refuse.status, admission.refuse.reason)
        servers.get(handler)!.handleUpgrade(request, socket, head, (ws) => begin(ws, socket, admission, deps.liveness))
      })
      .catch(failed(deps.log, socket))
  }
}

function begin(ws: ClosingWebSocket, socket: Duplex, accepted: AcceptedSocket, liveness: Liveness): void {
  const connection = new WebSocketConnection(ws, socket, liveness)
  connection.attend(accepted.open(connection))
}

function destroy(this: Duplex): void {
  this.destroy()
}

/** Official clients of Pusher try again after a second; refused over HTTP they would wait for 15. */
const comeBack: AcceptedSocket = {
  open(connection) {
    connection.close(OVER_CAPACITY, 'This server is stopping; reconnect.')
    return { message() {}, closed() {} }
  },
}

/** Compression would be done once per client; what is sent is small. */
function serverFor({ longestMessage }: SocketHandler) {
  const closing = { closeTimeout: LONGEST_CLOSE_MS } // its types do not know it yet
  return new WebSocketServer({
    ...closing,
    noServer: true,
    perMessageDeflate: false,
    clientTracking: false,
    maxPayload: longestMessage,
    WebSocket: ClosingWebSocket,
  })
}

async function admit(handler: SocketHandler, request: IncomingMessage): Promise<Admission> {
  return handler.admit({
    ip: request.socket.remoteAddress ?? '',
    target: request.url ?? '/',
    origin: request.headers.origin,
    secure: request.socket instanceof TLSSocket || isSecure(request.headers['x-forwarded-proto']),
  })
}

/** As proxies write it. The first of several values is from the proxy that the client reached. */
function isSecure(forwarded: string | string[] = ''): boolean {
  return /^(?:https|wss)\b/i.test(String(forwarded))
}

function failed(log: Logger, socket: Duplex): (error: unknown) => void {
  return (error) => {
    log.error({ code: errorCode(error) }, 'a WebSocket could not be opened')
    refuse(socket, 503, 'Redis or the database is unavailable; try again.')
  }
}

function refuse(socket: Duplex, status: number, reason: string): void {
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Type: text/plain; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(reason)}\r\n\r\n${reason}`,
  )
}
