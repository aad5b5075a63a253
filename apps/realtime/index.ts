import type { Protocol } from '@carillon/contract'
import { channelsProtocol, type ChannelsProtocolOptions } from '@carillon/protocol-channels'
import { gopusherProtocol, type GopusherOptions } from '@carillon/protocol-gopusher'
import { type SessionProtocolOptions, sessionProtocol } from '@carillon/protocol-session'
import { snapperProtocol, type SnapperOptions } from '@carillon/protocol-snapper'

export { createRealtime, type Realtime, type RealtimeDeps, watchApps } from './realtime.ts'

/** Dependencies of all protocols. */
export interface ProtocolDeps
  extends ChannelsProtocolOptions, SessionProtocolOptions, Omit<GopusherOptions, 'apps'>, Omit<SnapperOptions, 'apps'> {
  gopusherApps: GopusherOptions['apps']
  enabledApps: SnapperOptions['apps']
}

/** The protocols that come with Carillon, in the order in which they are asked about a path. */
export function protocols(deps: ProtocolDeps): Protocol[] {
  return [
    channelsProtocol(deps),
    gopusherProtocol({ ...deps, apps: deps.gopusherApps }),
    snapperProtocol({ ...deps, apps: deps.enabledApps }),
    sessionProtocol(deps),
  ]
}
