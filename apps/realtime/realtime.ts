import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { Logger, Protocol } from '@carillon/contract'
import type { AppConnections } from '@carillon/hub'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import { handlerFor } from './handler-for.ts'
import { Liveness } from './websocket/liveness.ts'
import { upgrader } from './websocket/upgrade.ts'

/** What existing clients connect to: every protocol's HTTP and WebSockets. */
export interface Realtime {
  /** Answers a request to one of its paths; undefined for any other. */
  fetch(request: Request, env?: unknown): Response | Promise<Response> | undefined
  /** Takes the server's WebSockets. */
  attach(server: Server): void
  /** Takes a connection to the TCP port of Snapper's producers. */
  acceptProducer(socket: Socket): void
  /** Takes nothing new and closes every connection, a part at a time, so that clients do not come back all at once. */
  stop(): Promise<void>
}

export interface RealtimeDeps {
  protocols: readonly Protocol[]
  log: Logger
}

export interface AppWatchDeps {
  connections: Pick<AppConnections, 'appsHere' | 'closeHere'>
  /** Those of these apps that exist and are enabled. */
  enabledAmong(ids: readonly number[]): Promise<number[]>
}

/** Pusher's code for "connect again at once", which other protocols' clients take for an ordinary end. */
const GOING_DOWN = 4200
const SLICES = 10
const SLICE_MS = 100
/** Milliseconds that clients have to take their leave. */
const LEAVE_WITHIN_MS = 2500
/** Milliseconds. Together with the time that a close takes, connections of a disabled app end within a second. */
const APP_CHECK_MS = 400

export function createRealtime({ protocols, log }: RealtimeDeps): Realtime {
  const liveness = new Liveness()
  let stopping = false
  const handlers = protocols.flatMap(({ sockets }) => (sockets ? [sockets] : []))
  const nodeHandlers = protocols.flatMap(({ node }) => (node ? [node] : []))
  const upgrade = upgrader({ handlers, nodeHandlers, liveness, log, stopping: () => stopping })
  const httpHandlers = protocols.flatMap(({ http }) => (http ? [http] : []))
  const tcp = protocols.find((protocol) => protocol.tcp)?.tcp
  return {
    fetch(request, env) {
      const { incoming, outgoing } = (env ?? {}) as NodePair
      const target = incoming?.url ?? targetOf(request)
      const node = incoming && outgoing && handlerFor(nodeHandlers, target)
      if (!node)
        return handlerFor(httpHandlers, target)?.fetch(request, { ip: incoming?.socket.remoteAddress ?? '', target })
      node.request(incoming, outgoing)
      return RESPONSE_ALREADY_SENT
    },
    attach: (server) => void server.on('upgrade', upgrade),
    acceptProducer(socket) {
      if (tcp && !stopping) tcp.accept(socket)
      else socket.destroy()
    },
    async stop() {
      stopping = true
      liveness.stop()
      await closeAll(liveness)
      await Promise.all(protocols.map(async (protocol) => protocol.stop?.()))
    },
  }
}

/** Without Node's own request, what is left of it after the URL was parsed. */
function targetOf({ url }: Request): string {
  const { pathname, search } = new URL(url)
  return pathname + search
}

/** What `@hono/node-server` hands on with a request. */
interface NodePair {
  incoming?: IncomingMessage
  outgoing?: ServerResponse
}

async function closeAll({ connections }: Liveness): Promise<void> {
  const all = [...connections]
  const slice = Math.ceil(all.length / SLICES)
  for (let from = 0; from < all.length; from += slice) {
    for (const connection of all.slice(from, from + slice)) connection.close(GOING_DOWN, 'This server is stopping.')
    if (from + slice < all.length) await pause(SLICE_MS)
  }
  for (let waited = 0; connections.size > 0 && waited < LEAVE_WITHIN_MS; waited += SLICE_MS) await pause(SLICE_MS)
}

/**
 * Ends the connections of apps that were disabled or removed, by any process. It asks the database as long as there are
 * connections. While the database cannot be reached, they stay open.
 */
export function watchApps({ connections, enabledAmong }: AppWatchDeps): { stop(): void } {
  let asking = false
  const check = async () => {
    const apps = connections.appsHere()
    if (apps.length === 0) return
    const enabled = new Set(await enabledAmong(apps))
    for (const app of apps) if (!enabled.has(app)) connections.closeHere(app, 'This app is disabled.')
  }
  const timer = setInterval(() => {
    if (asking) return
    asking = true
    void check()
      .catch(() => {}) // others report that the database is away
      .finally(() => (asking = false))
  }, APP_CHECK_MS)
  timer.unref()
  return { stop: () => clearInterval(timer) }
}
