import type { AppDirectory, Callbacks, Logger } from '@carillon/contract'
import type { Hub, ChannelNamespace } from '@carillon/hub'

export interface ChannelsOptions {
  hub: Hub
  apps: AppDirectory
  /** Takes the webhooks. */
  callbacks: Callbacks
  log: Logger
}

/** Dependencies that all handlers of the protocol share. */
export interface ChannelsParts extends ChannelsOptions {
  /** Its channels, over all processes. */
  namespace: ChannelNamespace
  webhooks: Webhooks
}

/** What an app's servers want to hear of. */
export type WebhookEvent =
  | { name: 'channel_occupied' | 'channel_vacated' | 'cache_miss'; channel: string }
  | { name: 'member_added' | 'member_removed'; channel: string; user_id: string }
  | { name: 'client_event'; channel: string; event: string; data: string; socket_id: string; user_id?: string }
  | { name: 'subscription_count'; channel: string; subscription_count: number }

export interface Webhooks {
  /** Never throws: what cannot be stored is reported. */
  tell(app: number, event: WebhookEvent): void
}
