import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createApi, listen } from '@carillon/api'
import { type Config, senderEnv } from '@carillon/config'
import type { App } from '@carillon/contract'
import type { RunningWorker } from '@carillon/core'
import { type AnySender, createWorker, knownSenders, loadPlugin } from '@carillon/worker'
import type { Logger } from 'pino'
import type { Apps, Compose, Listening, WorkerOptions } from './roles.ts'
import { connect, type Services } from './services.ts'
import { version } from './version.ts'

/* Where the roles are put together from the other packages; loaded only by the commands that run one. */

export const runAllInOne: Compose['runAllInOne'] = async (config, log) => {
  const senders = await loadSenders(config, config.senders)
  const services = await openServices(config, log, senders)
  return orClose(services, async () => {
    const app = await firstApp(config, services)
    const outbox = config.outbox === false ? undefined : await makeOutbox(config)
    const worker = await runSenders(config, services, senders, outbox)
    const server = await serveApi(config, services, app).catch(async (error: unknown) => {
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
    const server = await serveApi(config, services, await firstApp(config, services))
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
  const senders = only(options, await loadSenders(config, options.senders))
  const services = await openServices(config, log, senders)
  return orClose(services, async () => {
    const outbox = config.outbox ? await makeOutbox(config) : undefined
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

function only({ only: names }: WorkerOptions, senders: AnySender[]): AnySender[] {
  return names.length > 0 ? senders.filter(({ name }) => names.includes(name)) : senders
}

function firstApp({ appId: id, appKey: key, appSecret: secret }: Config, { store }: Services): Promise<App> {
  return store.apps.ensureFirst({ id, ...(key !== undefined && secret !== undefined && { key, secret }) })
}

async function makeOutbox({ dataDir }: Config): Promise<string> {
  const folder = resolve(dataDir, 'outbox')
  await mkdir(folder, { recursive: true })
  return folder
}

function runSenders(
  config: Config,
  services: Services,
  senders: readonly AnySender[],
  outbox: string | undefined,
): Promise<RunningWorker> {
  const { workerConcurrency: concurrency, retryTimes } = config
  const log = services.log
  return createWorker({
    ...services,
    senders,
    outbox,
    concurrency,
    retryTimes,
    ttl: services.pushTtl,
    env: senderEnv(config),
    log,
  })
}

async function serveApi(config: Config, services: Services, app: App): Promise<Listening> {
  const { host, port, open, adminAccount: account, adminPassword: password } = config
  const { store, ...parts } = services
  const admin = account !== undefined && password !== undefined ? { account, password } : undefined
  const api = createApi({
    ...parts,
    ...store,
    pushers: services.pushers,
    nonces: services.nonces,
    open,
    firstApp: app,
    admin,
    defaultTtl: services.pushTtl,
    version,
  })
  const server = await listen(api, { host, port })
  return { host, port: server.port, stop: () => server.close() }
}
