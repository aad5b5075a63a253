import { rm } from 'node:fs/promises'
import { listen } from '@carillon/http'
import { memoryCluster } from '@carillon/backplane'
import type { App, Callback, Cluster, MediaRecorder } from '@carillon/contract'
import { createHub } from '@carillon/hub'
import { type SessionProtocolOptions, sessionProtocol } from '@carillon/protocol-session'
import { createRealtime } from '@carillon/realtime'
import { openStore, type Store } from '@carillon/store'
import { silentLogger as log } from '@carillon/testkit'
import jwt from 'jsonwebtoken'
import { afterAll, beforeAll, describe } from 'vitest'
import { newDataDir } from '../services/data-dir.ts'
import { freshDatabase, hasPostgres } from '../services/database.ts'
import { freshRedis, hasRedis } from '../services/fresh-redis.ts'
import { clustersOn } from '../services/realtime.ts'
import { dial, emptyPage, type SessionSocket, tokenFor } from '../services/sessions.ts'
import { officialSdk, type OfficialSdk } from '../services/opentok.ts'

/** A server of sessions on a database, or two that know of each other. */
export interface SessionsStage {
  store: Store
  /** What was to be posted to apps' servers. */
  callbacks: Callback[]
  /** Takes requests. */
  url: string
  /** Takes clients: of another server, where there are two. */
  port: number
}

interface Options extends Pick<SessionProtocolOptions, 'archiveTimes' | 'publicUrl'> {
  /** Makes what records media, for each server one; default: none does. */
  media?: () => MediaRecorder
}

/** Serves sessions for the tests of a `describe`. */
export type Served = (options?: Options) => () => SessionsStage

/** Defines the same tests on each database that this machine has; they share it. */
export function onEveryDatabase(what: string, define: (served: Served) => void): void {
  for (const { name, available, open } of kinds) {
    describe.skipIf(!available)(`${what}, ${name}`, () => {
      let opened: Opened
      beforeAll(async () => {
        opened = await open()
      })
      afterAll(() => opened.close())
      define((options = {}) => {
        let server: Awaited<ReturnType<typeof serve>>
        beforeAll(async () => {
          server = await serve(opened, options)
        })
        afterAll(() => server.close())
        return () => server
      })
    })
  }
}

interface Opened {
  store: Store
  clusters(): Promise<Cluster[]>
  close(): Promise<void>
}

const kinds = [
  { name: 'on the embedded database', available: true, open: openEmbedded },
  { name: 'on two servers with Postgres and Redis', available: hasPostgres && hasRedis, open: openServers },
]

async function openEmbedded(): Promise<Opened> {
  const dataDir = await newDataDir()
  const drop = () => rm(dataDir, { recursive: true })
  return { ...(await openOn({ dataDir }, drop)), clusters: async () => [memoryCluster()] }
}

async function openServers(): Promise<Opened> {
  const [database, redis] = [await freshDatabase(), await freshRedis()]
  const drop = async () => {
    await database.drop()
    await redis.drop()
  }
  const opened = await openOn({ databaseUrl: database.url, dataDir: '' }, drop)
  return { ...opened, clusters: () => clustersOn(redis, 2) }
}

async function openOn(place: { databaseUrl?: string; dataDir: string }, drop: () => Promise<void>) {
  const store = await openStore({ ...place, onError() {} })
  return {
    store,
    async close() {
      await store.close()
      await drop()
    },
  }
}

async function serve({ store, clusters }: Opened, options: Options) {
  const callbacks: Callback[] = []
  const servers = await Promise.all((await clusters()).map((cluster) => serveOn(cluster, store, callbacks, options)))
  return {
    store,
    callbacks,
    url: `http://127.0.0.1:${servers[0]!.port}`,
    port: servers.at(-1)!.port,
    close: async () => void (await Promise.all(servers.map((server) => server.close()))),
  }
}

async function serveOn(cluster: Cluster, store: Store, callbacks: Callback[], { media, ...options }: Options) {
  const post = async (some: readonly Callback[]) => void callbacks.push(...some)
  const { apps, sessions, archives, sessionCallbacks } = store
  const kept = { apps, sessions, archives, sessionCallbacks, callbacks: { post } }
  const hub = createHub({ cluster, log })
  const sessionsOn = sessionProtocol({ ...options, ...kept, media: media?.(), hub, log })
  const realtime = createRealtime({ protocols: [sessionsOn, emptyPage], log })
  const none = () => new Response(null, { status: 404 })
  const fetch = (request: Request, env?: unknown) => realtime.fetch(request, env) ?? none()
  const server = await listen({ fetch }, { host: '127.0.0.1', port: 0 })
  realtime.attach(server.server)
  return {
    port: server.port,
    async close() {
      await realtime.stop()
      await server.close(0)
      await cluster.close()
    },
  }
}

let made = 0

/** An app of its own, and the SDK of its server. */
export async function newApp(
  stage: SessionsStage,
  key = `key-${++made}`,
): Promise<{ app: App; sdk: OfficialSdk; secret: string }> {
  const app = await stage.store.apps.create({ name: key, key })
  const { secret } = app.secrets[0]!
  return { app, secret, sdk: officialSdk(key, secret, stage.url) }
}

export async function newSession(sdk: OfficialSdk, options: object = {}): Promise<string> {
  const [{ sessionId }] = (await sdk.ask('createSession', options)) as [{ sessionId: string }]
  return sessionId
}

/** A client that has joined. */
export async function join(stage: SessionsStage, app: App, session: string, data = ''): Promise<SessionSocket> {
  const token = tokenFor(session, { data, role: 'moderator' }, app)
  const socket = dial(stage, `/session/${session}?token=${encodeURIComponent(token)}`)
  const { connectionId } = await socket.hears({ type: 'connected' })
  return Object.assign(socket, { id: String(connectionId) })
}

interface RawCall {
  headers?: Record<string, string>
  /** Claims of the JWT besides the usual; null: no JWT. */
  claims?: object | null
  /** Signs it; default the app's own. */
  secret?: string
  body?: unknown
}

/** A call as any HTTP library makes it. */
export async function rawCall(stage: SessionsStage, app: App, line: string, call: RawCall = {}) {
  const [method = '', path = ''] = line.split(' ')
  const { claims = {}, secret = app.secrets[0]!.secret, body, headers } = call
  const response = await fetch(stage.url + path.replace(':key', app.key), {
    method,
    headers: { ...(claims && { 'X-OPENTOK-AUTH': jwt.sign(restClaims(app, claims), secret) }), ...headers },
    // As bytes, which fetch gives no Content-Type of its own.
    ...(body !== undefined && { body: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)) }),
  })
  const text = await response.text()
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: () => JSON.parse(text) as Record<string, unknown>,
  }
}

function restClaims(app: App, claims: object): object {
  const usual = { iss: app.key, ist: 'project', exp: Math.floor(Date.now() / 1000) + 300 }
  return JSON.parse(JSON.stringify({ ...usual, ...claims })) as object
}
