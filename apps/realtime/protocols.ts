import type { Protocol } from '@carillon/contract'
import { channelsProtocol, type ChannelsProtocolOptions } from '@carillon/protocol-channels'
import { gopusherProtocol, type GopusherOptions } from '@carillon/protocol-gopusher'
import { type SessionProtocolOptions, sessionProtocol } from '@carillon/protocol-session'
import { snapperProtocol, type SnapperOptions } from '@carillon/protocol-snapper'

/** What the protocols stand on. */
export interface ProtocolParts
  extends ChannelsProtocolOptions, SessionProtocolOptions, Omit<GopusherOptions, 'apps'>, Omit<SnapperOptions, 'apps'> {
  gopusherApps: GopusherOptions['apps']
  enabledApps: SnapperOptions['apps']
}

/** The protocols that come with Carillon, in the order in which they are asked about a path. */
export function protocols(parts: ProtocolParts): Protocol[] {
  return [
    channelsProtocol(parts),
    gopusherProtocol({ ...parts, apps: parts.gopusherApps }),
    snapperProtocol({ ...parts, apps: parts.enabledApps }),
    sessionProtocol(parts),
  ]
}
