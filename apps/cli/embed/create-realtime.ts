import { createRealtime as serveProtocols, protocols, type Realtime } from '@carillon/realtime'
import { enabledApps, knownApps } from '@carillon/store'
import type { Services } from '../services.ts'
import { version } from '../version.ts'

export interface RealtimeOptions {
  /** Who may register apps over GoPusher's API; absent: nobody. */
  admin?: { account: string; password: string } | undefined
}

/**
 * Every protocol of live connections. `fetch` answers requests to their paths, and nothing to others; `attach` takes
 * the WebSockets of a `node:http` server. Who connects gets what waited for that.
 */
export async function createRealtime(services: Services, options: RealtimeOptions = {}): Promise<Realtime> {
  const { store, core, outbound, log } = services
  const hub = await services.live()
  hub.onArrived((app, user) => void core.arrived(app, user))
  const apps = { apps: knownApps(store.apps), gopusherApps: store.gopusherApps, enabledApps: enabledApps(store.apps) }
  const snapper = { queues: await services.snapperQueues(), version, onDropped: services.onDropped }
  const parts = { ...apps, ...snapper, hub, callbacks: core.callbacks, outbound, admin: options.admin, log }
  return serveProtocols({ protocols: protocols(parts), log })
}
