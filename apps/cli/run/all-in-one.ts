import { ownPagesOnly } from '@carillon/api'
import type { Config } from '@carillon/config'
import { createDemo } from '@carillon/demo'
import type { EmbeddedBoot } from '@carillon/store/boot'
import type { Logger } from 'pino'
import type { AllInOne, Compose } from '../roles.ts'
import { createRealtime } from '../embed/create-realtime.ts'
import { firstApp } from '../embed/first-app.ts'
import { openRole, openWithPorts, orClose } from './open-role.ts'
import { loadSenders, outboxOf, runSenders, warnOfRates } from './senders.ts'
import { apiOf, firstAppOf, realtimeOf, serveBoth } from './serve-http.ts'

export const runAllInOne: Compose['runAllInOne'] = (config, log, database) =>
  database ? orClose(database, () => run(config, log, database)) : run(config, log)

async function run(config: Config, log: Logger, database?: EmbeddedBoot): Promise<AllInOne> {
  const { senders, plugins } = await loadSenders(config, config.senders)
  warnOfRates(config, log, senders)
  const open = () => openRole(config, log, senders, 'start', database)
  return openWithPorts(config, open, async (services, door, producers) => {
    const app = (await firstApp(services, firstAppOf(config))).firstApp
    const api = await apiOf(config, services)
    // Open mode is for development, and listens on loopback alone.
    if (config.open) api.route('/', createDemo({ app, guard: ownPagesOnly }))
    const realtime = await createRealtime(services, realtimeOf(config))
    const outbox = config.outbox === false ? undefined : outboxOf(config)
    const worker = await runSenders(config, services, senders, outbox)
    const server = serveBoth(config, door, api, realtime)
    producers.open(realtime.acceptProducer)
    return {
      plugins,
      host: server.host,
      port: server.port,
      app,
      outbox,
      producers: producers.port,
      async stop() {
        const gone = producers.close()
        await realtime.stop()
        await gone
        await server.stop()
        await worker.stop()
        await services.close()
      },
    }
  })
}
