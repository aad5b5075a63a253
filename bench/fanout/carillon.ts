import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { memoryCluster } from '@carillon/backplane'
import type { App } from '@carillon/contract'
import { createHub } from '@carillon/hub'
import { channelsProtocol } from '@carillon/protocol-channels'
import { createRealtime } from '@carillon/realtime'
import { silentLogger as log } from '@carillon/testkit'
import { serveFanout } from './serve.ts'

/** The realtime server as it is, with Pusher Channels on a hub in memory. */
const app = { id: 1, key: 'key', name: '', secrets: [], v2Only: false, enabled: true, settings: {}, createdAt: 0 }
const found = async (): Promise<App> => app
const hub = createHub({ cluster: memoryCluster(), log })
const callbacks = { post: async () => {} }
const protocol = channelsProtocol({ hub, apps: { byKey: found, byId: found }, callbacks, log })
const realtime = createRealtime({ protocols: [protocol], log })
/** The same channels, as the HTTP API publishes on them. */
const namespace = hub.openNamespace({ protocol: 'channels' })
const http = createServer()
realtime.attach(http)
http.listen(0, '127.0.0.1', () => {
  serveFanout({
    port: (http.address() as AddressInfo).port,
    publish: (data) =>
      void namespace.publish({ app: 1, name: 'c' }, JSON.stringify({ event: 'e', channel: 'c', data })),
  })
})
