import type { Protocol } from '@carillon/contract'
import { PROTOCOL } from './channel-name.ts'
import type { ChannelsDeps, ChannelsProtocolOptions } from './deps.ts'
import { isJsonObject, memberChange } from './events.ts'
import { httpHandler } from './http/api.ts'
import { socketHandler } from './socket/socket-handler.ts'
import { SubscriptionCounts } from './socket/subscription-counts.ts'
import { webhooks } from './webhooks.ts'

export { isPublic, kindOf, userOfChannel } from './channel-name.ts'
export { type Connected, liveChannels, type LiveChannels, type OccupiedChannel } from './live/live-channels.ts'
export type { PassingEvent } from './live/passing-event.ts'
export { channelText, sign, userText } from './signature.ts'
export type { ChannelsProtocolOptions }

/** Pusher Channels: WebSocket protocol 7 and its HTTP API, as the official clients speak them. */
export function channelsProtocol(options: ChannelsProtocolOptions): Protocol {
  const namespace = options.hub.openNamespace({
    protocol: PROTOCOL,
    isFrame: isJsonObject,
    announce: ({ name }, change) => memberChange(name, change),
  })
  const appWebhooks = webhooks(options, namespace)
  const deps: ChannelsDeps = { ...options, namespace, webhooks: appWebhooks }
  const counts = new SubscriptionCounts(deps)
  return {
    name: PROTOCOL,
    http: httpHandler(deps),
    sockets: socketHandler({ ...deps, counts }),
    async stop() {
      counts.stop()
      await appWebhooks.stop()
    },
  }
}
