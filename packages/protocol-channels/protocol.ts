import type { Protocol } from '@carillon/contract'
import { isJsonObject, memberChange } from './events.ts'
import { httpHandler } from './http/api.ts'
import type { ChannelsOptions, ChannelsParts } from './parts.ts'
import { socketHandler } from './socket/socket-handler.ts'
import { SubscriptionCounts } from './socket/subscription-counts.ts'
import { webhooks } from './webhooks/webhooks.ts'

/** Pusher Channels: WebSocket protocol 7 and its HTTP API, as the official clients speak them. */
export function channelsProtocol(options: ChannelsOptions): Protocol {
  const namespace = options.hub.openNamespace({
    protocol: 'channels',
    isFrame: isJsonObject,
    announce: ({ name }, change) => memberChange(name, change),
  })
  const told = webhooks(options, namespace)
  const parts: ChannelsParts = { ...options, namespace, webhooks: told }
  const counts = new SubscriptionCounts(parts)
  return {
    name: 'channels',
    http: httpHandler(parts),
    sockets: socketHandler({ ...parts, counts }),
    async stop() {
      counts.stop()
      await told.stop()
    },
  }
}
