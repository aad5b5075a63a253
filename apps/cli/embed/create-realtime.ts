import { mediaRecorder, type MediaRecorderOptions } from '@carillon/media'
import { createRealtime as serveProtocols, protocols, type Realtime, watchApps } from '@carillon/realtime'
import { enabledApps, knownApps } from '@carillon/store'
import type { Services } from '../services.ts'
import { version } from '../version.ts'
import { auditedApps } from './audited-apps.ts'

const DAY_S = 86_400

export interface RealtimeOptions {
  /** Who may register apps over GoPusher's API. Without it, nobody may. */
  admin?: { account: string; password: string } | undefined
  /** Where the outside world reaches this, for addresses that are given out; absent: where a request came to. */
  publicUrl?: string | undefined
  /** Days that archives of sessions are available; default 30. */
  retentionDays?: number | undefined
  /** STUN and TURN servers for calls in sessions; `secret` is coturn's, `ttl` of a client's credentials in seconds. */
  ice?: { urls: readonly string[]; secret?: string | undefined; ttl: number } | undefined
  /** Where publishers find the recorder of archives; default: wherever this machine is. */
  media?: MediaRecorderOptions | undefined
}

/**
 * Every protocol of live connections. `fetch` answers requests to their paths, and nothing to others; `attach` takes
 * the WebSockets of a `node:http` server. Who connects gets what waited for that.
 */
export async function createRealtime(services: Services, options: RealtimeOptions = {}): Promise<Realtime> {
  const { store, core, outbound, log } = services
  const { admin, publicUrl, ice, retentionDays = 30 } = options
  const { sessions, archives, sessionCallbacks } = store
  const hub = await services.live()
  hub.onArrived((app, user) => void core.arrived(app, user))
  const all = protocols({
    hub,
    apps: knownApps(store.apps),
    enabledApps: enabledApps(store.apps),
    gopusherApps: auditedApps(store),
    sessions,
    archives,
    archiveTimes: { retention: retentionDays * DAY_S },
    sessionCallbacks,
    queues: await services.snapperQueues(),
    onDropped: services.onDropped,
    callbacks: core.callbacks,
    outbound,
    media: mediaRecorder(options.media),
    admin,
    publicUrl,
    ice,
    log,
    version,
  })
  const realtime = serveProtocols({ protocols: all, log })
  const watch = watchApps({ connections: hub.connections, enabledAmong: store.apps.enabledAmong })
  return {
    ...realtime,
    stop() {
      watch.stop()
      return realtime.stop()
    },
  }
}
