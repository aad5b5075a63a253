import { createMonitor, ownPagesOnly } from '@carillon/api'
import type { Config } from '@carillon/config'
import { SetupError } from '@carillon/contract'
import { createDemo } from '@carillon/demo'
import type { Realtime } from '@carillon/realtime'
import { DataDirInUseError } from '@carillon/store'
import type { EmbeddedBoot } from '@carillon/store/boot'
import type { AnySender } from './senders/set-up.ts'
import type { Logger } from 'pino'
import { commandActor } from './actor.ts'
import { appsIn, appsOfServer } from './apps.ts'
import { createRealtime } from './embed/create-realtime.ts'
import { firstApp } from './embed/first-app.ts'
import type { AllInOneRole, ListeningRole, Roles, SenderChoice } from './roles.ts'
import { openRole, openServices, openWithPort, openWithPorts, orClose, type ProducerPort } from './run/open-role.ts'
import { loadSenders, outboxOf, runSenders, sayWhatIsChecked, warnOfRates } from './run/senders.ts'
import { apiOf, firstAppOf, realtimeOf, serveBoth, serveMonitor } from './run/serve-http.ts'

export const runAllInOne: Roles['runAllInOne'] = (config, log, database) =>
  database ? orClose(database, () => run(config, log, database)) : run(config, log)

async function run(config: Config, log: Logger, database?: EmbeddedBoot): Promise<AllInOneRole> {
  const { senders, plugins } = await loadSenders(config, config.senders)
  warnOfRates(config, log, senders)
  const open = () => openRole(config, log, senders, 'start', database)
  return openWithPorts(config, open, async (services, bound, producers) => {
    const stopping = new AbortController()
    const api = await apiOf(config, services, stopping.signal) // makes sure that there is a first app
    const app = (await services.store.apps.byId(config.appId))!
    // In open mode, which listens on loopback alone, the page signs in anybody as anyone.
    api.route('/', createDemo(config.open ? { app, guard: ownPagesOnly } : undefined))
    const realtime = await createRealtime(services, realtimeOf(config))
    const outbox = config.outbox === false ? undefined : outboxOf(config)
    const worker = await runSenders(config, services, senders, outbox)
    const server = serveBoth(config, bound, api, realtime)
    producers.open(realtime.acceptProducer)
    return {
      plugins,
      host: server.host,
      port: server.port,
      app,
      outbox,
      producers: producers.port,
      async stop() {
        stopping.abort()
        await stopLive(producers, realtime, server)
        await worker.stop()
        await services.close()
      },
    }
  })
}

/** Ends the live connections before the port on which they are. */
async function stopLive(producers: ProducerPort, realtime: Realtime, server: ListeningRole): Promise<void> {
  const gone = producers.close()
  await realtime.stop()
  await gone
  await server.stop()
}

export const runApi: Roles['runApi'] = async (config, log) => {
  const { senders, plugins } = await loadSenders(config, config.senders)
  const open = () => openRole(config, log, senders, 'api')
  return openWithPort(config, open, async (services, bound) => {
    await sayWhatIsChecked(services, log, senders)
    const stopping = new AbortController()
    const server = serveBoth(config, bound, await apiOf(config, services, stopping.signal))
    return {
      ...server,
      plugins,
      async stop() {
        stopping.abort()
        await server.stop()
        await services.close()
      },
    }
  })
}

export const runRealtime: Roles['runRealtime'] = (config, log) => {
  const open = () => openRole(config, log, [], 'realtime')
  return openWithPorts(config, open, async (services, bound, producers) => {
    await firstApp(services, firstAppOf(config)) // clients that come before the API has started stay away for good
    const realtime = await createRealtime(services, realtimeOf(config))
    const { metricsToken: token } = config
    const monitor = createMonitor({ ...services, metrics: { ...services.metrics, token } })
    const server = serveBoth(config, bound, monitor, realtime)
    producers.open(realtime.acceptProducer)
    return {
      ...server,
      producers: producers.port,
      async stop() {
        await stopLive(producers, realtime, server)
        await services.close()
      },
    }
  })
}

export const runWorker: Roles['runWorker'] = async (config, log, options) => {
  const { senders: loaded, plugins } = await loadSenders(config, options.senders)
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
      plugins,
      ...(monitor && { monitor }),
      async stop() {
        await worker.stop()
        await monitor?.stop()
        await services.close()
      },
    }
  })
}

/** @throws SetupError for a name that no sender has: it would run none, and say nothing. */
function only({ only: names }: SenderChoice, senders: AnySender[]): AnySender[] {
  const known = senders.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new SetupError(`--only: there is no sender ${unknown}, but ${known.join(', ')}.`)
  return names.length > 0 ? senders.filter(({ name }) => names.includes(name)) : senders
}

export const runMigrate: Roles['runMigrate'] = async (config, log) => {
  const services = await openServices({ ...config, redisUrl: undefined }, log, [])
  await services.close()
}

export const openApps: Roles['openApps'] = async (config, log, origin) => {
  try {
    const { store, close } = await openServices({ ...config, redisUrl: undefined }, log, [])
    return appsIn(store, commandActor(), close)
  } catch (error) {
    if (!(error instanceof DataDirInUseError)) throw error
    return appsOfServer(config, log, origin, error)
  }
}
