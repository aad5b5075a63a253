import { SetupError } from '@carillon/contract'
import type { AnySender } from '@carillon/worker'
import type { Compose, WorkerOptions } from '../roles.ts'
import { openRole, orClose } from './open-role.ts'
import { loadSenders, outboxOf, runSenders, warnOfRates } from './senders.ts'
import { serveMonitor } from './serve-http.ts'

export const runWorker: Compose['runWorker'] = async (config, log, options) => {
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
function only({ only: names }: WorkerOptions, senders: AnySender[]): AnySender[] {
  const known = senders.map(({ name }) => name)
  const unknown = names.find((name) => !known.includes(name))
  if (unknown !== undefined) throw new SetupError(`--only: there is no sender ${unknown}, but ${known.join(', ')}.`)
  return names.length > 0 ? senders.filter(({ name }) => names.includes(name)) : senders
}
