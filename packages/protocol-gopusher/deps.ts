import type { GopusherApps, Logger, Outbound } from '@carillon/contract'
import type { Hub } from '@carillon/hub'
import type { Admin, Gatekeeper } from './accounts/gatekeeper.ts'
import type { Passwords } from './accounts/passwords.ts'
import type { Audiences } from './audience/audience.ts'

export interface GopusherOptions {
  hub: Hub
  apps: GopusherApps
  /** May make every call; absent: only apps' own accounts may call anything. */
  admin?: Admin | undefined
  /** Calls connect_hooks. */
  outbound: Outbound
  log: Logger
}

/** Dependencies that all handlers of the protocol share. */
export interface GopusherDeps extends GopusherOptions {
  audiences: Audiences
  passwords: Passwords
  gatekeeper: Gatekeeper
}
