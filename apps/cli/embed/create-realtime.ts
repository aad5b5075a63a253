import { createRealtime as serveProtocols, protocols, type Realtime } from '@carillon/realtime'
import { knownApps } from '@carillon/store'
import type { Services } from '../services.ts'

/**
 * Every protocol of live connections. `fetch` answers requests to their paths, and nothing to others; `attach` takes
 * the WebSockets of a `node:http` server. Who connects gets what waited for that.
 */
export async function createRealtime(services: Services): Promise<Realtime> {
  const { store, core, log } = services
  const hub = await services.live()
  hub.onArrived((app, user) => void core.arrived(app, user))
  const { callbacks } = core
  return serveProtocols({ protocols: protocols({ hub, apps: knownApps(store.apps), callbacks, log }), log })
}
