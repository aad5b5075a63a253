import { createMonitor } from '@carillon/api'
import type { Compose } from '../roles.ts'
import { createRealtime } from '../embed/create-realtime.ts'
import { firstApp } from '../embed/first-app.ts'
import { openRole, openWithPorts } from './open-role.ts'
import { firstAppOf, realtimeOf, serveBoth } from './serve-http.ts'

export const runRealtime: Compose['runRealtime'] = (config, log) => {
  const open = () => openRole(config, log, [], 'realtime')
  return openWithPorts(config, open, async (services, door, producers) => {
    await firstApp(services, firstAppOf(config)) // clients that come before the API has started stay away for good
    const realtime = await createRealtime(services, realtimeOf(config))
    const { metricsToken: token } = config
    const monitor = createMonitor({ ...services, metrics: { ...services.metrics, token } })
    const server = serveBoth(config, door, monitor, realtime)
    producers.open(realtime.acceptProducer)
    return {
      ...server,
      producers: producers.port,
      async stop() {
        const gone = producers.close()
        await realtime.stop()
        await gone
        await server.stop()
        await services.close()
      },
    }
  })
}
