import type { AppDirectory, Callbacks, Logger } from '@carillon/contract'
import type { Hub, ChannelNamespace } from '@carillon/hub'

export interface ChannelsProtocolOptions {
  hub: Hub
  apps: AppDirectory
  /** Stores the webhooks that are to be posted. */
  callbacks: Callbacks
  log: Logger
}

/** Dependencies that all handlers of the protocol share. */
export interface ChannelsDeps extends ChannelsProtocolOptions {
  /** Its channels, over all processes. */
  namespace: ChannelNamespace
  webhooks: Webhooks
}

/** What is reported to an app's servers. */
export type ChannelsWebhookEvent =
  | { name: 'channel_occupied' | 'channel_vacated' | 'cache_miss'; channel: string }
  | { name: 'member_added' | 'member_removed'; channel: string; user_id: string }
  | { name: 'client_event'; channel: string; event: string; data: string; socket_id: string; user_id?: string }
  | { name: 'subscription_count'; channel: string; subscription_count: number }

export interface Webhooks {
  /** Never throws: what cannot be stored is reported. */
  notify(app: number, event: ChannelsWebhookEvent): void
}
