import type { ChannelsParts } from '../parts.ts'
import type { SubscriptionCounts } from './subscription-counts.ts'

/** What connections stand on. */
export interface SocketParts extends ChannelsParts {
  counts: SubscriptionCounts
}
