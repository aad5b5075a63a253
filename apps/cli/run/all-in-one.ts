import type { Compose } from '../roles.ts'
import { createRealtime } from '../embed/create-realtime.ts'
import { firstApp } from '../embed/first-app.ts'
import { openRole, openWithPort } from './open-role.ts'
import { loadSenders, outboxOf, runSenders, warnOfRates } from './senders.ts'
import { adminOf, firstAppOf, serveApi } from './serve-http.ts'

export const runAllInOne: Compose['runAllInOne'] = async (config, log) => {
  const senders = await loadSenders(config, config.senders)
  warnOfRates(config, log, senders)
  const open = () => openRole(config, log, senders, 'start')
  return openWithPort(config, open, async (services, door) => {
    const outbox = config.outbox === false ? undefined : outboxOf(config)
    const worker = await runSenders(config, services, senders, outbox)
    const realtime = await createRealtime(services, { admin: adminOf(config) })
    const server = await serveApi(config, services, door, realtime).catch(async (error: unknown) => {
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
        await realtime.stop()
        await server.stop()
        await worker.stop()
        await services.close()
      },
    }
  })
}
