import { createMonitor, describeError, ownPagesOnly } from '@carillon/api'
import { createConsole } from '@carillon/console'
import { type BoundPort, listen } from '@carillon/http'
import type { Config } from '@carillon/config'
import { liveChannels } from '@carillon/protocol-channels'
import type { Realtime } from '@carillon/realtime'
import type { Hono } from 'hono'
import { createApi } from '../embed/create-api.ts'
import type { RealtimeOptions } from '../embed/create-realtime.ts'
import type { FirstApp } from '../embed/first-app.ts'
import type { ListeningRole } from '../roles.ts'
import type { Services } from '../services.ts'

export function firstAppOf({ appId, appKey: key, appSecret: secret, open }: Config): FirstApp {
  return { appId, key, secret, open }
}

export function realtimeOf(config: Config): RealtimeOptions {
  const { publicUrl, retentionDays, iceServers: urls, turnSecret: secret, turnTtl: ttl } = config
  return { admin: adminOf(config), publicUrl, retentionDays, ice: { urls, secret, ttl }, media: mediaOf(config) }
}

function mediaOf({ mediaPorts, mediaAddress: address }: Config): RealtimeOptions['media'] {
  const [first = 0, last = 0] = mediaPorts?.split('-').map(Number) ?? []
  return { ports: mediaPorts === undefined ? undefined : [first, last], address }
}

function adminOf({ adminAccount, adminPassword }: Config) {
  return accountOf(adminAccount, adminPassword)
}

function accountOf(account: string | undefined, password: string | undefined) {
  return account !== undefined && password !== undefined ? { account, password } : undefined
}

/** The API with the console. @param stopping ends what would hold up the server */
export async function apiOf(config: Config, services: Services, stopping: AbortSignal): Promise<Hono> {
  const { metricsToken, sendgridWebhookKey, twilioAuthToken, publicUrl, vapidPublicKey, allowedOrigins } = config
  const admin = adminOf(config)
  const api = await createApi(services, {
    ...firstAppOf(config),
    vapidPublicKey,
    allowedOrigins,
    providers: { sendgridWebhookKey, twilioAuthToken, publicUrl },
    ...(admin && { admin }),
    ...(metricsToken && { metricsToken }),
  })
  return api.route('/', consoleOf(config, services, stopping) as unknown as Hono) // what it keeps in the context is its own affair
}

function consoleOf(config: Config, { store, core, pushers, live, pushTtl, log }: Services, stopping: AbortSignal) {
  const { appId: firstApp, open, viewerAccount, viewerPassword, phoneCountry } = config
  const accounts = { admin: adminOf(config), viewer: accountOf(viewerAccount, viewerPassword) }
  return createConsole({
    ...store,
    core,
    pushers,
    presenceOf: async (app, user) => (await live()).users.presence(app, user),
    phoneCountry,
    pushTtl,
    live: async () => liveChannels(await live()),
    accounts,
    open: open ? ownPagesOnly : undefined,
    firstApp,
    stopping,
    describeError(error, route) {
      const { status, answer } = describeError(log, error, route)
      return { status, sentence: answer.err }
    },
    log,
  })
}

/** Any Hono app. */
interface OtherRoutes {
  fetch(request: Request, env?: object): Response | Promise<Response>
}

/** Live connections and everything else, on one port. */
export function serveBoth({ host }: Config, bound: BoundPort, others: OtherRoutes, realtime?: Realtime): ListeningRole {
  const fetch = (request: Request, env: object) => realtime?.fetch(request, env) ?? others.fetch(request, env)
  const { port, server, close } = bound.open({ fetch })
  realtime?.attach(server)
  return { host, port, stop: () => close() }
}

/** A worker serves no API. Without `METRICS_PORT` it answers no requests at all. */
export async function serveMonitor(config: Config, services: Services): Promise<ListeningRole | undefined> {
  const { host, metricsPort: port, metricsToken: token, keepAliveSeconds } = config
  if (port === undefined) return undefined
  const monitor = createMonitor({ ...services, metrics: { ...services.metrics, token } })
  const server = await listen(monitor, { host, port, setting: 'METRICS_PORT', keepAliveSeconds })
  return { host, port: server.port, stop: () => server.close() }
}
