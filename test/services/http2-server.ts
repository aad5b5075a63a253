import { once } from 'node:events'
import {
  constants,
  createSecureServer,
  createServer,
  type Http2Server as NodeHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, connect, createServer as createTcpServer, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import type { Certificate } from './certificates.ts'

/** A request that the server has processed. */
export interface Http2Call {
  path: string
  headers: IncomingHttpHeaders
  body: string
}

export interface Http2Reply {
  status?: number
  headers?: Record<string, string>
  /** Text as it is, anything else as JSON; default: nothing. */
  body?: unknown
  /** `refuse`: the stream is refused, so the request was not processed. `reset`: it was, but there is no answer. */
  fault?: 'refuse' | 'reset'
}

/** An HTTP/2 server on loopback that plays a provider, with the habits of one. */
export interface Http2Server {
  url: string
  calls: Http2Call[]
  /** Connections that were ever opened, are open, and were open at the same time. */
  connections: { opened: number; open: number; most: number }
  /** Streams that are open, and the most that were open at the same time on one connection. */
  streams: { open: number; most: number }
  /** Decides on the answers; default: 200. */
  reply: (call: Http2Call) => Http2Reply | Promise<Http2Reply>
  /** Requests of a connection after which it says GOAWAY: it answers those, and ignores all later ones. */
  goAwayEvery: number | undefined
  /** Streams that it allows on each connection, from now on. */
  allow(streams: number): void
  /** Nothing passes any more, and nothing is closed, until it thaws. */
  freeze(): void
  thaw(): void
  close(): Promise<void>
}

/** @param certificate absent: without TLS */
export async function http2Server(certificate?: Certificate): Promise<Http2Server> {
  const sessions = new Set<ServerHttp2Session>()
  let allowed = 1000
  const settings = () => ({ maxConcurrentStreams: allowed })
  const server: NodeHttp2Server = certificate
    ? createSecureServer({ ...certificate, settings: settings() })
    : createServer({ settings: settings() })
  const behind = await listen(server)
  const gate = await frozenGate(behind)
  const made: Http2Server = {
    url: `${certificate ? 'https' : 'http'}://127.0.0.1:${gate.port}`,
    calls: [],
    connections: { opened: 0, open: 0, most: 0 },
    streams: { open: 0, most: 0 },
    reply: () => ({}),
    goAwayEvery: undefined,
    allow(count) {
      allowed = count
      for (const session of sessions) session.settings(settings())
    },
    freeze: gate.freeze,
    thaw: gate.thaw,
    async close() {
      for (const session of sessions) session.destroy()
      gate.close()
      server.close()
      await once(server, 'close')
    },
  }
  server.on('session', (session: ServerHttp2Session) => {
    sessions.add(session)
    const { connections } = made
    connections.opened++
    connections.most = Math.max(connections.most, ++connections.open)
    session.settings(settings())
    session.on('error', () => {})
    session.on('close', () => {
      sessions.delete(session)
      connections.open--
    })
    serveStreams(session, made)
  })
  server.on('error', () => {})
  return made
}

function serveStreams(session: ServerHttp2Session, made: Http2Server): void {
  let processed = 0
  let open = 0
  let isLeaving = false
  const endIfDone = () => isLeaving && open === 0 && setTimeout(() => session.destroy(), 50).unref()
  session.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    stream.on('error', () => {})
    if (isLeaving) return
    made.streams.open++
    made.streams.most = Math.max(made.streams.most, ++open)
    stream.on('close', () => {
      open--
      made.streams.open--
      endIfDone()
    })
    if (made.goAwayEvery !== undefined && ++processed >= made.goAwayEvery) {
      isLeaving = true
      session.goaway(constants.NGHTTP2_NO_ERROR, stream.id)
    }
    void answer(stream, headers, made).catch(() => {})
  })
}

async function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, made: Http2Server): Promise<void> {
  const call = { path: String(headers[':path']), headers, body: await text(stream) }
  const { status = 200, headers: more = {}, body, fault } = await made.reply(call)
  if (fault === 'refuse') return stream.close(constants.NGHTTP2_REFUSED_STREAM)
  made.calls.push(call)
  if (fault === 'reset') return stream.close(constants.NGHTTP2_INTERNAL_ERROR)
  if (stream.destroyed) return
  stream.respond({ ':status': status, ...more })
  stream.end(body === undefined || typeof body === 'string' ? body : JSON.stringify(body))
}

/** Forwards connections until it freezes, as a machine does that hangs. */
async function frozenGate(target: number) {
  const sockets = new Set<Socket>()
  let isFrozen = false
  const gate = createTcpServer((front) => {
    const back = connect(target, '127.0.0.1')
    for (const [from, to] of [
      [front, back],
      [back, front],
    ] as const) {
      sockets.add(from)
      from.on('data', (chunk) => void to.write(chunk))
      from.on('error', () => {})
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
      if (isFrozen) from.pause()
    }
  })
  const port = await listen(gate)
  return {
    port,
    freeze() {
      isFrozen = true
      for (const socket of sockets) socket.pause()
    },
    thaw() {
      isFrozen = false
      for (const socket of sockets) socket.resume()
    },
    close() {
      for (const socket of sockets) socket.destroy()
      gate.close()
    },
  }
}

async function listen(server: NodeHttp2Server | ReturnType<typeof createTcpServer>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
