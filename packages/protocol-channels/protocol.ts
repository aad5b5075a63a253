import type { Protocol } from '@carillon/contract'
import { isJsonObject, memberChange } from './events.ts'
import { httpSide } from './http/http-side.ts'
import type { ChannelsOptions, ChannelsParts } from './parts.ts'
import { socketSide } from './socket/socket-side.ts'
import { SubscriptionCounts } from './socket/subscription-counts.ts'
import { webhooks } from './webhooks/webhooks.ts'

/** Pusher Channels: WebSocket protocol 7 and its HTTP API, as the official clients speak them. */
export function channelsProtocol(options: ChannelsOptions): Protocol {
  const space = options.hub.openSpace({
    protocol: 'channels',
    isFrame: isJsonObject,
    announce: ({ name }, change) => memberChange(name, change),
  })
  const told = webhooks(options, space)
  const parts: ChannelsParts = { ...options, space, webhooks: told }
  const counts = new SubscriptionCounts(parts)
  return {
    name: 'channels',
    http: httpSide(parts),
    sockets: socketSide({ ...parts, counts }),
    async stop() {
      counts.stop()
      await told.stop()
    },
  }
}
