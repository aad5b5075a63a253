import { resolve } from 'node:path'
import { createMonitor, listen, ownPagesOnly } from '@carillon/api'
import { type Config, rateOf, ratesWithoutSender, senderEnv } from '@carillon/config'
import type { App, Rate } from '@carillon/contract'
import { createDemo } from '@carillon/demo'
import type { Realtime } from '@carillon/realtime'
import { openTracing } from '@carillon/telemetry'
import { type AnySender, knownSenders, loadPlugin } from '@carillon/worker'
import type { Hono } from 'hono'
import type { Logger } from 'pino'
import { createApi } from './embed/create-api.ts'
import { createRealtime } from './embed/create-realtime.ts'
import { createWorker } from './embed/create-worker.ts'
import { firstApp, type FirstApp } from './embed/first-app.ts'
import type { Apps, Compose, Listening, WorkerOptions } from './roles.ts'
import { connect, type ServiceOptions, type Services } from './services.ts'

/* Where the roles are put together from the other packages; loaded only by the commands that run one. */

export const runAllInOne: Compose['runAllInOne'] = async (config, log) => {
  const senders = await loadSenders(config, config.senders)
  warnOfRates(config, log, senders)
  const services = await openRole(config, log, senders, 'start')
  return orClose(services, async () => {
    const app = (await firstApp(services, firstAppOf(config))).firstApp
    const outbox = config.outbox === false ? undefined : outboxOf(config)
    const worker = await runSenders(config, services, senders, outbox)
    const realtime = await createRealtime(services, { admin: adminOf(config) })
    const server = await serveEverything(config, services, realtime, app).catch(async (error: unknown) => {
      await worker.stop()
      throw error
    })
    const { id, key, secrets } = app
    return {
      host: server.host,
      port: server.port,
      app: { id, key, secret: secrets[0]?.secret ?? '' },
      outbox,
      async stop() {
        await realtime.stop()
        await server.stop()
        await worker.stop()
        await services.close()
      },
    }
  })
}

export const runApi: Compose['runApi'] = async (config, log) => {
  const services = await openRole(config, log, await loadSenders(config, config.senders), 'api')
  return orClose(services, async () => {
    const server = await serveBoth(config, await apiOf(config, services))
    return {
      ...server,
      async stop() {
        await server.stop()
        await services.close()
      },
    }
  })
}

export const runRealtime: Compose['runRealtime'] = async (config, log) => {
  const services = await openRole(config, log, [], 'realtime')
  return orClose(services, async () => {
    await firstApp(services, firstAppOf(config)) // clients that come before the API has started stay away for good
    const realtime = await createRealtime(services, { admin: adminOf(config) })
    const { metricsToken: token } = config
    const monitor = createMonitor({ ...services, metrics: { ...services.metrics, token } })
    const server = await serveBoth(config, monitor, realtime)
    return {
      ...server,
      async stop() {
        await realtime.stop()
        await server.stop()
        await services.close()
      },
    }
  })
}

export const runWorker: Compose['runWorker'] = async (config, log, options) => {
  const loaded = await loadSenders(config, options.senders)
  warnOfRates(config, log, loaded)
  const senders = only(options, loaded)
  const services = await openRole(config, log, senders, 'worker')
  return orClose(services, async () => {
    const outbox = config.outbox ? outboxOf(config) : undefined
    const monitor = await serveMonitor(config, services)
    const worker = await runSenders(config, services, senders, outbox).catch(async (error: unknown) => {
      await monitor?.stop()
      throw error
    })
    return {
      ...(monitor && { monitor }),
      async stop() {
        await worker.stop()
        await monitor?.stop()
        await services.close()
      },
    }
  })
}

export const runMigrate: Compose['runMigrate'] = async (config, log) => {
  const services = await openServices({ ...config, redisUrl: undefined }, log, [])
  await services.close()
}

export const openApps: Compose['openApps'] = async (config, log): Promise<Apps> => {
  const { store, close } = await openServices({ ...config, redisUrl: undefined }, log, [])
  return {
    create: (name) => store.apps.create({ name }),
    list: () => store.apps.list(),
    addSecret: async (app) => (await store.apps.change(app, { addSecret: '' })).secrets.at(-1)!,
    retireSecret: async (app, secret) => void (await store.apps.change(app, { retireSecret: secret })),
    close,
  }
}

/** For a role that runs: its traces and what measures the process. */
async function openRole(config: Config, log: Logger, senders: readonly AnySender[], role: string): Promise<Services> {
  const { otelExporterOtlpEndpoint: endpoint } = config
  const tracing = endpoint ? await openTracing({ endpoint, service: `carillon-${role}`, log }) : undefined
  const services = await openServices(config, log, senders, {
    processMetrics: true,
    ...(tracing && { tracer: tracing.tracer }),
  })
  return {
    ...services,
    async close() {
      await services.close()
      await tracing?.close()
    },
  }
}

function openServices(
  config: Config,
  log: Logger,
  senders: readonly AnySender[],
  telemetry: Pick<ServiceOptions, 'tracer' | 'processMetrics'> = {},
): Promise<Services> {
  const { databaseUrl, redisUrl, dataDir, queuePrefix, pushTtl, allowPrivateHooks } = config
  return connect({
    databaseUrl,
    redisUrl,
    dataDir,
    queuePrefix,
    pushTtl,
    allowPrivateHooks,
    senders,
    log,
    ...telemetry,
  })
}

/** A role that does not come up leaves nothing open. */
async function orClose<T>(services: Services, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    await services.close()
    throw error
  }
}

async function loadSenders(config: Config, plugins: readonly string[]): Promise<AnySender[]> {
  return [...(await knownSenders(config.hooksFile)), ...(await Promise.all(plugins.map(loadPlugin)))]
}

/** A misspelt name would leave a sender without its limit. */
function warnOfRates({ rates }: Config, log: Logger, senders: readonly AnySender[]): void {
  const without = ratesWithoutSender(
    rates,
    senders.map(({ name }) => name),
  )
  for (const name of without) log.warn(`${name} limits nothing here: no sender that is loaded has that name.`)
}

function only({ only: names }: WorkerOptions, senders: AnySender[]): AnySender[] {
  return names.length > 0 ? senders.filter(({ name }) => names.includes(name)) : senders
}

function firstAppOf({ appId, appKey: key, appSecret: secret, open }: Config): FirstApp {
  return { appId, key, secret, open }
}

function adminOf({ adminAccount: account, adminPassword: password }: Config) {
  return account !== undefined && password !== undefined ? { account, password } : undefined
}

function outboxOf({ dataDir }: Config): string {
  return resolve(dataDir, 'outbox')
}

/** Open mode is for development, and listens on loopback alone: there the demo page is served too. */
async function serveEverything(config: Config, services: Services, realtime: Realtime, app: App): Promise<Listening> {
  const api = await apiOf(config, services)
  if (config.open) api.route('/', createDemo({ app, guard: ownPagesOnly }))
  return serveBoth(config, api, realtime)
}

async function apiOf(config: Config, services: Services): Promise<Hono> {
  const { metricsToken } = config
  const admin = adminOf(config)
  const { sendgridWebhookKey, twilioAuthToken, publicUrl } = config
  return createApi(services, {
    ...firstAppOf(config),
    providers: { sendgridWebhookKey, twilioAuthToken, publicUrl },
    ...(admin && { admin }),
    ...(metricsToken && { metricsToken }),
  })
}

/** Any Hono app. */
interface Fetching {
  fetch(request: Request, env?: object): Response | Promise<Response>
}

/** Live connections and everything else, on one port. */
async function serveBoth({ host, port }: Config, others: Fetching, realtime?: Realtime): Promise<Listening> {
  const fetch = (request: Request, env: object) => realtime?.fetch(request, env) ?? others.fetch(request, env)
  const { port: listening, server, close } = await listen({ fetch }, { host, port })
  realtime?.attach(server)
  return { host, port: listening, stop: () => close() }
}

/** A worker serves no API: without `METRICS_PORT` nobody can ask it anything. */
async function serveMonitor(config: Config, services: Services): Promise<Listening | undefined> {
  const { host, metricsPort: port, metricsToken: token } = config
  if (port === undefined) return undefined
  const monitor = createMonitor({ ...services, metrics: { ...services.metrics, token } })
  const server = await listen(monitor, { host, port, setting: 'METRICS_PORT' })
  return { host, port: server.port, stop: () => server.close() }
}

function runSenders(config: Config, services: Services, senders: readonly AnySender[], outbox: string | undefined) {
  const { workerConcurrency: concurrency, retryTimes, onAmbiguous, retentionDays } = config
  const env = senderEnv(config)
  const rules = { concurrency, retryTimes, onAmbiguous, retentionDays, rates: ratesOf(config, senders) }
  return createWorker(services, { senders, env, ...rules, ...(outbox !== undefined && { outbox }) })
}

function ratesOf({ rates }: Config, senders: readonly AnySender[]): Record<string, Rate> {
  return Object.fromEntries(
    senders.flatMap(({ name }) => {
      const rate = rateOf(rates, name)
      return rate ? [[name, rate] as const] : []
    }),
  )
}
