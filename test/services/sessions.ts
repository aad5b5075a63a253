import { once } from 'node:events'
import { memoryCluster } from '@carillon/backplane'
import type { App, ArchiveFiles, Cluster, Protocol, Session } from '@carillon/contract'
import type { Hub } from '@carillon/hub'
import { silentLogger, waitFor } from '@carillon/testkit'
import jwt from 'jsonwebtoken'
import { describe, onTestFinished } from 'vitest'
import { type ClientOptions, WebSocket } from 'ws'
import { Recordings } from '../../packages/protocol-session/archives/recordings.ts'
import type { IceOptions } from '../../packages/protocol-session/ice.ts'
import { Rooms } from '../../packages/protocol-session/room/rooms.ts'
import type { SessionEvent } from '../../packages/protocol-session/room/session-events.ts'
import { createSessionId } from '../../packages/protocol-session/session-id.ts'
import { Departures } from '../../packages/protocol-session/socket/endings.ts'
import { socketHandler } from '../../packages/protocol-session/socket/socket-handler.ts'
import { freshRedis, hasRedis } from './fresh-redis.ts'
import { appWith, clustersOn, directoryOf, type RealtimeNode, serve } from './realtime.ts'

export const app = appWith({}, { id: 7, key: '100', secrets: [{ id: 1, secret: 'sesame-street', createdAt: 0 }] })

const defaultIce = { urls: ['stun:stun.example.com', 'turn:turn.example.com'], secret: 'turn-secret', ttl: 600 }

interface SessionNode extends RealtimeNode {
  /** What it has now; another after a restart. */
  readonly rooms: Rooms
  /** The reports of its rooms, across restarts. */
  events: SessionEvent[]
}

/** Nodes that serve sessions to clients; in memory both are the same one. */
export interface SessionNodes {
  pair: [SessionNode, SessionNode]
  /** An existing session. */
  session: string
  newSession(): string
}

interface Options {
  apps?: App[]
  ice?: IceOptions
}

export type StartSessions = (options?: Options) => Promise<SessionNodes>

export function onEveryCluster(what: string, define: (start: StartSessions) => void): void {
  describe(`${what} in memory`, () => {
    define(startInMemory)
  })
  describe.skipIf(!hasRedis)(`${what} over Redis`, () => {
    define(startOverRedis)
  })
}

export const startInMemory: StartSessions = (options) => startOn([memoryCluster()], options)

const startOverRedis: StartSessions = async (options) => {
  const redis = await freshRedis()
  onTestFinished(redis.drop)
  return startOn(await clustersOn(redis, 2), options)
}

export async function startOn(clusters: readonly Cluster[], options: Options = {}): Promise<SessionNodes> {
  const { apps = [app], ice: iceOptions = defaultIce } = options
  const known = new Set<string>()
  const newSession = () => {
    const id = createSessionId({ key: apps[0]!.key, location: '', relayed: true })
    known.add(id)
    return id
  }
  const sessions = {
    create: () => Promise.reject(new Error('not asked for')),
    find: async (_: number, id: string) => (known.has(id) ? ({ id } as Session) : null),
  }
  const start = async (cluster: Cluster): Promise<SessionNode> => {
    const events: SessionEvent[] = []
    let rooms: Rooms
    const protocolOn = (hub: Hub) => {
      rooms = new Rooms({ hub, log: silentLogger })
      rooms.onEvent((event) => events.push(event))
      const deps = {
        hub,
        rooms,
        apps: directoryOf(apps),
        sessions,
        ice: iceOptions,
        recordings: noRecordings,
        departures: new Departures(),
        log: silentLogger,
      }
      return { name: 'session', sockets: socketHandler(deps) }
    }
    const node = await serve(cluster, (hub) => [protocolOn(hub), emptyPage])
    return Object.defineProperties({} as SessionNode, {
      ...Object.getOwnPropertyDescriptors(node),
      rooms: { get: () => rooms },
      events: { value: events },
    })
  }
  const nodes = await Promise.all(clusters.map(start))
  return { pair: [nodes[0]!, nodes.at(-1)!], session: newSession(), newSession }
}

/** No archives are served here. */
const noRecordings = new Recordings({
  media: undefined,
  files: {} as ArchiveFiles,
  recorder: { note() {} },
  ice: defaultIce,
  log: silentLogger,
})

/** An empty page of this machine, which browsers trust with a camera and with connections to it. */
export const emptyPage: Protocol = {
  name: 'page',
  http: {
    paths: ['/page'],
    fetch: () => new Response('<title>A page</title>', { headers: { 'content-type': 'text/html' } }),
  },
}

interface TokenOptions {
  role?: string
  data?: string
  /** Unix seconds; default: in an hour. */
  expireTime?: number
  /** Not only the claims that tokens have. */
  claims?: object
}

/** As the official SDK makes it. */
export function tokenFor(session: string, options: TokenOptions = {}, { key, secrets }: App = app): string {
  const { role = 'publisher', data = '', expireTime, claims } = options
  const now = Math.floor(Date.now() / 1000)
  const payload = { iss: key, ist: 'project', iat: now, exp: expireTime ?? now + 3600, session_id: session, role }
  return jwt.sign({ ...payload, connection_data: data, scope: 'session.connect', ...claims }, secrets[0]!.secret)
}

interface Message {
  type: string
  [field: string]: unknown
}

/** A client of a session that knows nothing of it but its messages. */
export interface SessionSocket {
  /** Its connection's id. */
  id: string
  /** Messages that were received and not read yet. */
  heard: Message[]
  open: Promise<unknown>
  /** Code and reason, once it has ended. */
  closed: Promise<string>
  send(message: object | string): void
  /** Waits for a message that has these fields, and takes it. */
  hears(fields: Partial<Message>): Promise<Message>
  /** Asks for something, and waits for the answer. */
  asks(message: object): Promise<Message>
  /** Waits until the server has handled all sent messages, and returns the received ones that were not read yet. */
  rest(): Promise<Message[]>
  publishes(fields?: object): Promise<{ id: string; [field: string]: unknown }>
  end(): void
  terminate(): void
}

/** Waits until it is in. */
export async function joins(
  node: { port: number },
  session: string,
  options: TokenOptions = {},
  who = app,
): Promise<SessionSocket & { connected: Message }> {
  const socket = dial(node, `/session/${session}?token=${encodeURIComponent(tokenFor(session, options, who))}`)
  const connected = await socket.hears({ type: 'connected' })
  return Object.assign(socket, { id: String(connected.connectionId), connected })
}

export function dial(node: { port: number }, target: string, options: ClientOptions = {}): SessionSocket {
  const socket = new WebSocket(`ws://127.0.0.1:${node.port}${target}`, options)
  onTestFinished(() => socket.terminate())
  const heard: Message[] = []
  socket.on('message', (text: Buffer) => heard.push(JSON.parse(text.toString()) as Message))
  socket.on('error', () => {})
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => `${Number(code)} ${String(reason)}`)
  const open = new Promise((resolve) => socket.once('open', resolve))
  let requests = 0
  const client: SessionSocket = {
    id: '',
    heard,
    open,
    closed,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async hears(fields) {
      const fits = (one: Message) => Object.entries(fields).every(([name, value]) => one[name] === value)
      const at = await waitFor(() => heard.findIndex(fits) + 1, { what: JSON.stringify(fields) })
      return heard.splice(at - 1, 1)[0]!
    },
    async asks(message) {
      const request = ++requests
      client.send({ ...message, request })
      const { request: _, ...answer } = await client.hears({ request })
      return answer
    },
    async rest() {
      await client.asks({ type: 'iceServers' })
      return heard.splice(0)
    },
    async publishes(fields = {}) {
      const { stream } = await client.asks({ type: 'publish', stream: fields })
      return stream as { id: string }
    },
    end: () => socket.close(),
    terminate: () => socket.terminate(),
  }
  return client
}
