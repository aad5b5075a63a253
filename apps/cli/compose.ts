import { resolve } from 'node:path'
import { listen } from '@carillon/api'
import { type Config, rateOf, ratesWithoutSender, senderEnv } from '@carillon/config'
import type { Rate } from '@carillon/contract'
import { type AnySender, knownSenders, loadPlugin } from '@carillon/worker'
import type { Logger } from 'pino'
import { createApi } from './embed/create-api.ts'
import { createWorker } from './embed/create-worker.ts'
import { firstApp, type FirstApp } from './embed/first-app.ts'
import type { Apps, Compose, Listening, WorkerOptions } from './roles.ts'
import { connect, type Services } from './services.ts'

/* Where the roles are put together from the other packages; loaded only by the commands that run one. */

export const runAllInOne: Compose['runAllInOne'] = async (config, log) => {
  const senders = await loadSenders(config, config.senders)
  warnOfRates(config, log, senders)
  const services = await openServices(config, log, senders)
  return orClose(services, async () => {
    const outbox = config.outbox === false ? undefined : outboxOf(config)
    const worker = await runSenders(config, services, senders, outbox)
    const server = await serveApi(config, services).catch(async (error: unknown) => {
      await worker.stop()
      throw error
    })
    const { id, key, secrets } = (await firstApp(services, firstAppOf(config))).firstApp
    return {
      host: server.host,
      port: server.port,
      app: { id, key, secret: secrets[0]?.secret ?? '' },
      outbox,
      async stop() {
        await server.stop()
        await worker.stop()
        await services.close()
      },
    }
  })
}

export const runApi: Compose['runApi'] = async (config, log) => {
  const services = await openServices(config, log, await loadSenders(config, config.senders))
  return orClose(services, async () => {
    const server = await serveApi(config, services)
    return {
      ...server,
      async stop() {
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
  const services = await openServices(config, log, senders)
  return orClose(services, async () => {
    const outbox = config.outbox ? outboxOf(config) : undefined
    const worker = await runSenders(config, services, senders, outbox)
    return {
      async stop() {
        await worker.stop()
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

function openServices(config: Config, log: Logger, senders: readonly AnySender[]): Promise<Services> {
  const { databaseUrl, redisUrl, dataDir, queuePrefix, pushTtl } = config
  return connect({ databaseUrl, redisUrl, dataDir, queuePrefix, pushTtl, senders, log })
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

function outboxOf({ dataDir }: Config): string {
  return resolve(dataDir, 'outbox')
}

async function serveApi(config: Config, services: Services): Promise<Listening> {
  const { host, port, adminAccount: account, adminPassword: password } = config
  const admin = account !== undefined && password !== undefined ? { account, password } : undefined
  const { sendgridWebhookKey, twilioAuthToken, publicUrl } = config
  const providers = { sendgridWebhookKey, twilioAuthToken, publicUrl }
  const api = await createApi(services, { ...firstAppOf(config), providers, ...(admin && { admin }) })
  const server = await listen(api, { host, port })
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
