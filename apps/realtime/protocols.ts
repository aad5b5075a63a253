import type { Protocol } from '@carillon/contract'
import { channelsProtocol, type ChannelsOptions } from '@carillon/protocol-channels'

/** What the protocols stand on. */
export type ProtocolParts = ChannelsOptions

/** The protocols that come with Carillon, in the order in which they are asked about a path. */
export function protocols(parts: ProtocolParts): Protocol[] {
  return [channelsProtocol(parts)]
}
